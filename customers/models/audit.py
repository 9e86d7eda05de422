"""What was decided about who somebody is: who, when, why, from where. Only ever added to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from uuid_utils.compat import uuid7


class Action(models.TextChoices):
    """What can be found in the audit log."""

    PROVEN = "proven", "Address proven"
    SIGNED = "signed", "Signed identity accepted"
    SIGNATURE_REFUSED = "signature_refused", "Signed identity refused"
    GRANTED = "granted", "Browser given access"
    REVOKED = "revoked", "Browser's access ended"
    CODE_REFUSED = "code_refused", "Code refused"
    KEY_MADE = "key_made", "Resume key handed out"
    KEY_USED = "key_used", "Resume key used"
    KEY_REFUSED = "key_refused", "Resume key refused"
    TOKEN_REUSED = "token_reused", "Old device token shown again"
    LINKED = "linked", "Linked"
    UNLINKED = "unlinked", "Link taken back"
    VOUCH_ASKED = "vouch_asked", "Second person asked"
    VOUCH_REFUSED = "vouch_refused", "Second person refused"
    NOT_ME = "not_me", "The old mailbox says: not me"
    NOT_SAME = "not_same", "Suggestion refused"
    DISCLOSED = "disclosed", "Unproven history opened by a technician"
    SHARED_COMPUTER = "shared_computer", "Forgotten on a shared computer"


class AuditError(Exception):
    """The audit log is only ever added to."""


class AuditEntry(models.Model):
    """One entry. Ids stand as plain values: what they pointed at may be erased, the entry stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=20, choices=Action)
    actor_kind = models.CharField(max_length=10, help_text="customer, technician or system")
    actor = models.UUIDField(null=True, blank=True)
    actor_name = models.CharField(max_length=120, blank=True)
    customer = models.UUIDField(null=True, blank=True, db_index=True)
    other = models.UUIDField(null=True, blank=True, db_index=True)
    device = models.UUIDField(null=True, blank=True)
    link = models.UUIDField(null=True, blank=True)
    conversation = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    place = models.CharField(max_length=80, blank=True, help_text="The network it came from, shortened.")
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return str(self.get_action_display())

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises AuditError for one that is there already."""
        if not self._state.adding:
            raise AuditError("Audit entries are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises AuditError: entries stay."""
        raise AuditError("Audit entries are never deleted.")
