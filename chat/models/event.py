"""The log: everything durable that happened in a conversation, in order."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from chat.models.conversation import Conversation


class EventKind(models.TextChoices):
    """What happened. The wire uses the same words."""

    MESSAGE = "message", "Message"
    ASSIGNED = "assigned", "Assigned"
    RESOLVED = "resolved", "Resolved"
    REOPENED = "reopened", "Reopened"
    LINKED = "linked", "Recognised"


class AuthorKind(models.TextChoices):
    """Who did it."""

    CUSTOMER = "customer", "Customer"
    TECHNICIAN = "technician", "Technician"
    SYSTEM = "system", "Rapport"


class Event(models.Model):
    """One entry of a log. Written once by `chat.log.append`, never changed.

    `customer_seq` is its number for customers; empty for what they may not see (notes).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    seq = models.PositiveIntegerField()
    customer_seq = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=EventKind)
    at = models.DateTimeField()
    author_kind = models.CharField(max_length=10, choices=AuthorKind)
    author = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=120, blank=True)
    client_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001  (NULLs never collide)
    note = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    body = models.JSONField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["conversation", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="event_numbered_once"),
            models.UniqueConstraint(
                fields=["conversation", "customer_seq"],
                name="event_numbered_once_for_customers",
                condition=Q(customer_seq__isnull=False),
            ),
            # For ever: a message sent again years later is still the same message.
            models.UniqueConstraint(
                fields=["conversation", "author", "client_id"],
                name="event_sent_once",
                condition=Q(client_id__isnull=False),
            ),
            models.CheckConstraint(
                name="event_notes_unnumbered", condition=Q(note=False) | Q(customer_seq__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"
