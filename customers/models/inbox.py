"""Inboxes: the sites or brands that customers write to."""

from __future__ import annotations

import secrets
from typing import ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from uuid_utils.compat import uuid7


def new_key() -> str:
    """A public inbox key that nobody has to type: 16 characters, lower case."""
    return secrets.token_hex(8)


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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "inboxes"
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
