"""How fast customers are answered: honest figures, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import QuerySet

from agents.models import Technician
from agents.selectors import LONGEST_LEASE, online
from chat.memory import keep, recall
from chat.models import Conversation
from customers.prepared import prepared

#: Fewer answers than this say nothing about the next.
ENOUGH = 3


def technicians_here() -> list[dict[str, Any]]:
    """The technicians a customer may expect an answer from: `[{name, avatar}]`."""
    return [{"name": one.shown_name, "avatar": None} for one in _here()]


def usual_reply_seconds() -> int | None:
    """The median wait for a first answer over the last day's conversations; None when there were too few."""
    kept = recall("pace:reply", default=-1)
    if kept != -1:
        return None if kept is None else int(kept)
    recent = Conversation.objects.filter(
        claimed_at__gt=datetime.now(UTC) - timedelta(days=1), replied_at__isnull=False
    )
    waits = [
        (replied - opened).total_seconds() if replied else 0.0
        for opened, replied in recent.order_by("-claimed_at").values_list("opened_at", "replied_at")[:50]
    ]
    usual = round(median(waits)) if len(waits) >= ENOUGH else None
    keep("pace:reply", usual, 30)
    return usual


def seconds_between_claims() -> float | None:
    """How often a waiting conversation was claimed in the last half hour; None when too rarely, or nobody is here."""
    if not _here():
        return None
    since = datetime.now(UTC) - timedelta(minutes=30)
    times: list[datetime] = _claims(since=since)
    if len(times) < ENOUGH:
        return None
    return (times[0] - times[-1]).total_seconds() / (len(times) - 1)


@prepared
def _claims(since: datetime) -> QuerySet[Conversation, Any]:
    claimed = Conversation.objects.filter(claimed_at__gt=since)
    return claimed.order_by("-claimed_at").values_list("claimed_at", flat=True)[:20]


_online = prepared(online)


def _here() -> list[Technician]:
    now = datetime.now(UTC)
    return _online(now=now, latest=now + LONGEST_LEASE)


def estimate(position: int, gap: float | None) -> int | None:
    """Seconds until the conversation at `position` is claimed, at the present pace; None when nobody can know."""
    return None if gap is None else max(5, round(position * gap))
