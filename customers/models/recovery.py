"""What leads back to a history: codes by mail, one-time links, resume keys, and how often somebody has tried."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from customers.models.inbox import Inbox
from customers.models.links import Link
from customers.models.people import Customer, Device, Identifier


class MailCode(models.Model):
    """Six digits sent to a mailbox, good for the browser that asked. A row is made for unknown addresses too."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE)
    browser = models.UUIDField(help_text="The visit in which that browser began.")
    address = models.CharField(max_length=254, help_text="In normal form.")
    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    live = models.BooleanField(help_text="False: nothing was sent, and no code is right.")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["browser", "-at"], name="mail_code_browser"),
            models.Index(fields=["address", "-at"], name="mail_code_address"),
            models.Index(fields=["expires_at"], name="mail_code_expires"),
        ]

    def __str__(self) -> str:
        return f"asked for at {self.at:%Y-%m-%d %H:%M}"


class OneTimeLink(models.Model):
    """A link in a mail: 256 random bits behind the #, stored as a hash, good once, for one thing."""

    class Purpose(models.TextChoices):
        MAILBOX = "mailbox", "Open the history in the browser that asked"
        YES_ME = "yes_me", "This address is mine"
        NOT_ME = "not_me", "This was not me"
        HELD = "held", "Is it still fixed?"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose)
    token_hash = models.BinaryField(max_length=32, unique=True)
    code = models.ForeignKey(MailCode, on_delete=models.CASCADE, null=True, blank=True)
    identifier = models.ForeignKey(Identifier, on_delete=models.CASCADE, null=True, blank=True)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, null=True, blank=True)
    conversation = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="one_time_link_expires")]

    def __str__(self) -> str:
        return str(self.get_purpose_display())


class ResumeKey(models.Model):
    """A key to one customer's history, for whoever has neither mailbox nor browser. Good once, then replaced."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="resume_keys")
    conversation = models.UUIDField(null=True, blank=True, help_text="At whose end it was handed out.")
    key_hash = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"made on {self.made_at:%Y-%m-%d}"


class Attempt(models.Model):
    """How often something was tried in one stretch of time. Counted in one statement, so that parallel tries count."""

    what = models.CharField(max_length=20)
    who = models.CharField(max_length=80, help_text="A browser, an address' hash, a network.")
    since = models.DateTimeField(help_text="When this stretch began.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["what", "who", "since"], name="attempt_one_a_stretch")
        ]
        indexes: ClassVar = [models.Index(fields=["since"], name="attempt_since")]

    def __str__(self) -> str:
        return f"{self.what}: {self.count}"


class UsedSignature(models.Model):
    """The `jti` of an identity that a host site has signed: presented once, never again."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE)
    jti_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inbox", "jti_hash"], name="signature_used_once")
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="signature_expires")]

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"
