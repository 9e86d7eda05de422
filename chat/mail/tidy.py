"""Removing what is of no use any more: run-out codes and links, counters, mails that have gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from chat.models import Mail, MailState
from customers.models import Attempt, MailCode, OneTimeLink, UsedSignature

#: Longer than the longest stretch in which tries are counted.
COUNTED = timedelta(days=2)
#: How long it can be looked up whether a mail went out.
KEPT = timedelta(days=30)
AT_ONCE = 500


def tidy(now: datetime) -> int:
    """Remove everything that has run out; how many rows that were. What was given up loses its text with its use."""
    useless = Mail.objects.filter(state=MailState.DEAD, expires_at__lte=now).exclude(text="")
    useless.update(text="")
    gone = Mail.objects.filter(done_at__lte=now - KEPT)
    void = Mail.objects.filter(state=MailState.VOID, expires_at__lte=now - COUNTED)
    return (
        _remove(OneTimeLink.objects.filter(expires_at__lte=now), "expires_at")
        + _remove(MailCode.objects.filter(expires_at__lte=now - COUNTED), "expires_at")
        + _remove(Attempt.objects.filter(since__lte=now - COUNTED), "since")
        + _remove(UsedSignature.objects.filter(expires_at__lte=now), "expires_at")
        + _remove(void, "expires_at")
        + _remove(gone, "done_at")
    )


def _remove(rows: QuerySet[Any], by: str) -> int:
    """In small steps, so that nobody waits long for a lock; by the column that has an index, the oldest first."""
    removed = 0
    while keys := list(rows.order_by(by).values_list("pk", flat=True)[:AT_ONCE]):
        removed += rows.model._default_manager.filter(pk__in=keys).delete()[0]
        if len(keys) < AT_ONCE:
            break
    return removed
