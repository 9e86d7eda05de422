"""Inboxes: the sites or brands that customers write to."""

from __future__ import annotations

import secrets
from typing import ClassVar
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from uuid_utils.compat import uuid7


def new_key() -> str:
    """A public inbox key that nobody has to type: 16 characters, lower case."""
    return secrets.token_hex(8)


def new_secret() -> str:
    """A secret for signing identities: 256 random bits, as text that may stand in a configuration file."""
    return secrets.token_urlsafe(32)


class Vouching(models.TextChoices):
    """Whether technicians may open somebody's history to a browser on their own judgement."""

    OFF = "off", "Never"
    TECHNICIAN = "technician", "One technician decides"
    SECOND = "second", "A second technician must agree"


def check_public_key(value: str) -> None:
    """A public key in PEM form, RSA of at least 2048 bits or Ed25519. Raises ValidationError."""
    try:
        key = load_pem_public_key(value.strip().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValidationError("Paste the public key in PEM form (-----BEGIN PUBLIC KEY-----).") from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise ValidationError("Use an RSA key of at least 2048 bits, or an Ed25519 key.")


def check_origins(value: object) -> None:
    """Every entry is exactly `scheme://host[:port]`, as a browser writes an Origin header.

    Raises ValidationError naming the entry that is not.
    """
    if not isinstance(value, list):
        raise ValidationError("Give a list of origins.")
    for origin in value:
        try:
            parts = urlsplit(origin)
            exact = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        except (ValueError, AttributeError, TypeError):
            raise ValidationError(
                f"{origin!r} is not an origin; write it like https://www.example.com."
            ) from None
        if origin != exact or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValidationError(f"{origin!r} is not an origin; write it like https://www.example.com.")


class Inbox(models.Model):
    """A site or brand that customers write to, with its key, colours and allowed origins."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(
        max_length=40,
        unique=True,
        default=new_key,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", "Use small letters, digits and dashes.")],
        help_text="Public. Stands in the script tag of the host page.",
    )
    name = models.CharField(max_length=80, help_text="Customers see it above the conversation.")
    color = models.CharField(
        "colour",
        max_length=7,
        default="#0b6b5d",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", "Write the colour like #0b6b5d.")],
    )
    greeting = models.CharField(max_length=200, blank=True, default="How can we help?")
    allowed_origins = models.JSONField(
        default=list, blank=True, validators=[check_origins], help_text="Sites that may show this widget."
    )
    separate = models.BooleanField(
        default=False, help_text="Shares nothing about its customers with other inboxes, in either direction."
    )
    identity_secret = models.CharField(
        max_length=64,
        default=new_secret,
        help_text="Your site signs its users with it (HS256). Keep it on your server, never in a page.",
    )
    identity_key = models.TextField(
        "public key",
        blank=True,
        validators=[check_public_key],
        help_text="Instead of the secret: the public half of a key pair (RS256 or EdDSA), in PEM form.",
    )
    vouching = models.CharField(
        "vouching for returning customers",
        max_length=10,
        choices=Vouching,
        default=Vouching.TECHNICIAN,
        help_text="Whether a technician who has recognised somebody may show them their earlier conversations.",
    )
    vouch_days = models.PositiveSmallIntegerField(
        "days a vouch lasts", default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    held_after_days = models.PositiveSmallIntegerField(
        "days until we ask whether a fix held",
        default=3,
        validators=[MaxValueValidator(365)],
        help_text="0: do not ask.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "inboxes"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
