"""What the problem was and what fixed it: the memory that a returning customer lives on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from agents.models import Technician
from chat.models.conversation import Conversation


class OutcomeState(models.TextChoices):
    """Whether the fix held, as far as anybody has said."""

    UNKNOWN = "unknown", "Not known yet"
    HELD = "held", "Held"
    FAILED = "failed", "Came back"


class Outcome(models.Model):
    """Four short fields that a technician confirms when resolving. The newest of a conversation counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="outcomes")
    problem = models.CharField(max_length=500, blank=True)
    cause = models.CharField(max_length=500, blank=True)
    fix = models.TextField(max_length=4000, blank=True)
    applies_to = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=OutcomeState, default=OutcomeState.UNKNOWN)
    confirmed_by = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="outcomes")
    at = models.DateTimeField()
    again = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="repeats",
        help_text="The earlier outcome whose fix was used once more.",
    )
    ask_at = models.DateTimeField(
        null=True, blank=True, help_text="When to ask whether it held; empty: never."
    )
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When it was asked by mail.")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["conversation", "-at"], name="outcome_newest"),
            models.Index(
                fields=["ask_at"], name="outcome_to_ask", condition=Q(asked_at__isnull=True, state="unknown")
            ),
        ]

    def __str__(self) -> str:
        return self.problem or "(no words)"


class Promise(models.Model):
    """What a technician has promised a customer, open until it is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="promises")
    text = models.CharField(max_length=500)
    due_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="promises")
    at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["conversation"], name="promise_open", condition=Q(kept_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.text
