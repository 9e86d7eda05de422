"""A conversation, who has it, where it was held, and who has read how far."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from agents.models import Team, Technician
from customers.models import Customer, Inbox


class Status(models.TextChoices):
    """Whose turn it is in the large: nobody's yet, a technician's, done."""

    WAITING = "waiting", "Waiting"
    ACTIVE = "active", "Active"
    RESOLVED = "resolved", "Resolved"


class Conversation(models.Model):
    """The head of one log. Only `chat.log` writes it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="conversations")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversations")
    case_code = models.CharField(max_length=7, unique=True)
    subject = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    technician = models.ForeignKey(
        Technician, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    start_client_id = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True, help_text="The technician's first answer.")
    resolved_at = models.DateTimeField(null=True, blank=True)
    urgent = models.BooleanField(default=False, help_text="Came back although it was fixed: served first.")
    # The two numberings: all events, and those a customer may see. Neither has holes for its audience.
    last_seq = models.PositiveIntegerField(default=0)
    customer_last_seq = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "start_client_id"], name="conversation_started_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-urgent", "waiting_since", "id"],
                name="conversation_queue",
                condition=Q(status="waiting"),
            ),
            models.Index(fields=["technician"], name="conversation_mine", condition=Q(status="active")),
            models.Index(fields=["customer", "-opened_at"], name="conversation_history"),
            models.Index(fields=["claimed_at"], name="conversation_claimed"),
            # Whoever is connected is looked up in these every few seconds.
            models.Index(
                fields=["customer"], name="conversation_open", condition=Q(status__in=["waiting", "active"])
            ),
            models.Index(
                fields=["resolved_at"], name="conversation_lately", condition=Q(resolved_at__isnull=False)
            ),
            models.Index(
                fields=["technician", "resolved_at"],
                name="conversation_solved",
                condition=Q(resolved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_code} {self.subject}"


class Environment(models.Model):
    """Where the customer was when the conversation began. One snapshot a conversation, never changed."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="environment"
    )
    browser = models.CharField(max_length=80, blank=True)
    os = models.CharField("operating system", max_length=80, blank=True)
    device = models.CharField(max_length=80, blank=True)
    locale = models.CharField(max_length=35, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    screen = models.CharField(max_length=20, blank=True)
    page = models.CharField(max_length=1000, blank=True)
    referrer = models.CharField(max_length=1000, blank=True)
    user_agent = models.CharField(max_length=500, blank=True)
    supplied = models.JSONField(
        default=dict, help_text="What the host page says: product, serial, app_version …"
    )

    def __str__(self) -> str:
        return ", ".join(part for part in (self.browser, self.os) if part) or "unknown"


class Assignment(models.Model):
    """Who had a conversation, from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="assignments")
    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="assignments")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation"], name="assignment_one_at_a_time", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.technician} from {self.at:%Y-%m-%d %H:%M}"


class ReadMarker(models.Model):
    """How far one reader has read, in both numberings."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="read_markers")
    reader_kind = models.CharField(max_length=10)
    reader = models.UUIDField()
    seq = models.PositiveIntegerField()
    customer_seq = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "reader_kind", "reader"], name="read_marker_one_a_reader"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_kind} to {self.seq}"
