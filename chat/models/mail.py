"""Mails as rows: written in the transaction they belong to, sent afterwards, tried again until they go."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7


class MailState(models.TextChoices):
    """Where a mail is on its way."""

    WAITING = "waiting", "Waiting to be sent"
    SENT = "sent", "Sent"
    KEPT = "kept", "Kept for the demo's page"
    DEAD = "dead", "Given up"
    VOID = "void", "Never meant to be sent"


class Mail(models.Model):
    """One mail to one mailbox. Texts are emptied once it has gone: they may hold a code."""

    class Kind(models.TextChoices):
        CODE = "code", "Code"
        TRANSCRIPT = "transcript", "Transcript"
        CONFIRM = "confirm", "Is this address yours?"
        NOTICE = "notice", "Your history was opened"
        HELD = "held", "Did it hold?"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    conversation = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=MailState, default=MailState.WAITING)
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not before then; moves on with every try that failed.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Of no use after that.")
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="mail_due", condition=Q(state="waiting")),
            models.Index(fields=["done_at"], name="mail_dead", condition=Q(state="dead")),
            models.Index(fields=["to", "kind", "-at"], name="mail_to"),
            models.Index(fields=["done_at"], name="mail_done", condition=Q(done_at__isnull=False)),
            models.Index(fields=["expires_at"], name="mail_expires", condition=Q(expires_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.to}"
