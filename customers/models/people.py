"""Who somebody is, how sure we are, and which browser may see what."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from customers.models.inbox import Inbox


class Proof(models.TextChoices):
    """How sure we are, weakest first; the order is the one of `PROOF_ORDER`."""

    CLAIMED = "claimed", "Claimed"
    DEVICE = "device", "Same device"
    VOUCHED = "vouched", "Vouched for by a technician"
    PROVEN = "proven", "Proven"
    SIGNED = "signed", "Signed by the host site"

    @property
    def strength(self) -> int:
        """A number that grows with the proof."""
        return PROOF_ORDER.index(self)


PROOF_ORDER = (Proof.CLAIMED, Proof.DEVICE, Proof.VOUCHED, Proof.PROVEN, Proof.SIGNED)


class Customer(models.Model):
    """One person as we met them once. Made when a visitor acts, never on a page view."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="customers")
    name = models.CharField(max_length=120, blank=True)
    name_proof = models.CharField(max_length=10, choices=Proof, default=Proof.CLAIMED)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or f"Visitor {self.id.hex[-4:]}"


class Identifier(models.Model):
    """Something that points at a customer. Several of a kind may; the same value may stand at several customers."""

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"
        HOST_USER = "host_user", "User of the host site"
        SERIAL = "serial", "Serial number"
        ORDER = "order", "Order number"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=254, help_text="In normal form, for matching.")
    shown = models.CharField(max_length=254, help_text="As it was typed.")
    proof = models.CharField(max_length=10, choices=Proof, default=Proof.CLAIMED)
    proven_at = models.DateTimeField(null=True, blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="identifier_once_a_customer")
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "value"], name="identifier_value")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.shown}"


class Device(models.Model):
    """A browser, and the customer it began as. The token itself is never stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="devices")
    visit = models.UUIDField(
        unique=True,
        help_text="The visit in which this browser acted first; finds it again after a lost answer.",
    )
    token_hash = models.BinaryField(max_length=32, unique=True)
    previous_hash = models.BinaryField(
        max_length=32,
        unique=True,
        null=True,
        blank=True,
        help_text="Good until the token that replaced it is used.",
    )
    rotated_at = models.DateTimeField(null=True, blank=True)
    beside = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="others",
        help_text="The same browser as somebody else's: reached by the host site's signature only.",
    )
    environment = models.JSONField(default=dict, blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["revoked_at"], name="device_revoked", condition=Q(revoked_at__isnull=False))
        ]

    def __str__(self) -> str:
        return str(self.environment.get("browser") or "Browser")


class SpentToken(models.Model):
    """A device token that was replaced, and whose replacement was used. Whoever shows it found it somewhere."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="spent_tokens")
    token_hash = models.BinaryField(max_length=32, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"spent {self.at:%Y-%m-%d %H:%M}"


class Grant(models.Model):
    """This browser may see this customer's conversations, because of this proof."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="grants")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="grants")
    proof = models.CharField(max_length=10, choices=Proof)
    evidence = models.CharField(max_length=200, blank=True, help_text="What proved it, in words.")
    link = models.ForeignKey(
        "customers.Link",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="grants",
        help_text="The link it came from; it ends with that.",
    )
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device", "customer", "proof"],
                name="grant_once",
                condition=Q(revoked_at__isnull=True),
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["revoked_at"], name="grant_revoked", condition=Q(revoked_at__isnull=False)),
            models.Index(fields=["expires_at"], name="grant_expires", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["at"], name="grant_given"),
        ]

    def __str__(self) -> str:
        return f"{self.device} sees {self.customer} ({self.get_proof_display()})"
