"""Where the logs of open conversations end, in both numberings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import Q

from chat.models import Conversation, Status
from chat.selectors.lists import MOST_LISTED

#: A conversation solved this lately counts as open, so that a lost "resolved" arrives too.
JUST_SOLVED = timedelta(minutes=10)

Whose = Literal["customer_id", "technician_id", "id"]


def open_heads(whose: Whose, keys: list[UUID]) -> dict[UUID, tuple[UUID, UUID | None, int, int]]:
    """Conversation → (customer, technician, last_seq, customer_last_seq) of the open ones among `keys`."""
    lately = Q(resolved_at__gt=datetime.now(UTC) - JUST_SOLVED)
    open_ones = Q(status__in=[Status.WAITING, Status.ACTIVE])
    found = Conversation.objects.filter(open_ones | lately, **{f"{whose}__in": keys})
    rows = found.values_list("id", "customer_id", "technician_id", "last_seq", "customer_last_seq")
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def conversations_of(customers: frozenset[UUID]) -> list[UUID]:
    """All conversations of these customers, the newest first, as many as a list shows."""
    found = Conversation.objects.filter(customer_id__in=customers).order_by("-opened_at")
    return list(found.values_list("id", flat=True)[:MOST_LISTED])


def helpers_of(customers: frozenset[UUID]) -> list[tuple[UUID, UUID, UUID]]:
    """(conversation, customer, technician) of everything these customers are being helped with."""
    active = Conversation.objects.filter(
        customer_id__in=customers, status=Status.ACTIVE, technician__isnull=False
    )
    return [(one.id, one.customer_id, one.technician_id) for one in active if one.technician_id]


def talking_with(technician: UUID) -> list[tuple[UUID, UUID]]:
    """(conversation, customer) of everybody this technician is talking with."""
    active = Conversation.objects.filter(technician_id=technician, status=Status.ACTIVE)
    return list(active.values_list("id", "customer_id"))
