"""Where the logs of open conversations end, in both numberings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from chat.models import Conversation, Status
from chat.selectors.lists import MOST_LISTED, list_for_customer
from customers.prepared import prepared

#: A conversation solved this lately counts as open, so that a lost "resolved" arrives too.
JUST_SOLVED = timedelta(minutes=10)

Whose = Literal["customer_id", "technician_id", "id"]


def open_heads(whose: Whose, keys: list[UUID]) -> dict[UUID, tuple[UUID, UUID | None, int, int]]:
    """Conversation → (customer, technician, last_seq, customer_last_seq) of the open ones among `keys`."""
    rows = _heads[whose](keys=keys, since=datetime.now(UTC) - JUST_SOLVED)
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def _open_heads(whose: Whose, keys: list[UUID], since: datetime) -> QuerySet[Conversation, Any]:
    # Two branches, each with an index of its own: a technician has solved tens of thousands, which nobody asks for.
    theirs = Conversation.objects.filter(**{f"{whose}__in": keys})
    lately = theirs.filter(resolved_at__gt=since)
    if whose == "technician_id":
        open_ones = theirs.filter(status=Status.ACTIVE)
    else:
        open_ones = theirs.filter(
            status__in=[Status.WAITING, Status.ACTIVE]
        )  # as in the index, or SQLite passes it by
    columns = ("id", "customer_id", "technician_id", "last_seq", "customer_last_seq")
    return open_ones.values_list(*columns).union(lately.values_list(*columns), all=True)


@prepared
def _heads_of_customers(keys: list[UUID], since: datetime) -> QuerySet[Conversation, Any]:
    return _open_heads("customer_id", keys, since)


@prepared
def _heads_of_technicians(keys: list[UUID], since: datetime) -> QuerySet[Conversation, Any]:
    return _open_heads("technician_id", keys, since)


@prepared
def _heads_by_id(keys: list[UUID], since: datetime) -> QuerySet[Conversation, Any]:
    return _open_heads("id", keys, since)


_heads = {"customer_id": _heads_of_customers, "technician_id": _heads_of_technicians, "id": _heads_by_id}


def conversations_of(customers: frozenset[UUID]) -> list[UUID]:
    """All conversations of these customers, the newest first, as many as a list shows."""
    found = Conversation.objects.filter(customer_id__in=customers).order_by("-opened_at")
    return list(found.values_list("id", flat=True)[:MOST_LISTED])


def conversations_and_helpers(
    customers: frozenset[UUID],
) -> tuple[list[dict[str, Any]], list[tuple[UUID, UUID, UUID]]]:
    """The conversations of `customers`; and (conversation, customer, technician) of those somebody helps with."""
    listed = list_for_customer(customers)
    some = len(listed) == MOST_LISTED or any(row["status"] == Status.ACTIVE for row in listed)
    return listed, _helped(customers=customers) if some else []


@prepared
def _helped(customers: frozenset[UUID]) -> QuerySet[Conversation, Any]:
    active = Conversation.objects.filter(
        customer_id__in=customers, status=Status.ACTIVE, technician__isnull=False
    )
    return active.values_list("id", "customer_id", "technician_id")


def talking_with(technician: UUID) -> list[tuple[UUID, UUID]]:
    """(conversation, customer) of everybody this technician is talking with."""
    active = Conversation.objects.filter(technician_id=technician, status=Status.ACTIVE)
    return list(active.values_list("id", "customer_id"))
