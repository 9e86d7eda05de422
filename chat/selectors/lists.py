"""Lists of conversations: a customer's own, a technician's, the queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from chat.models import AuthorKind, Conversation, Event, EventKind, Outcome, ReadMarker, Status
from chat.payloads.conversations import console_row, customer_conversation
from customers.selectors import identities_of, persons_of

#: More than anybody scrolls through; older ones stay reachable by their case code.
MOST_LISTED = 200
#: Rows of the queue a console is given at once; the others follow as these are claimed.
MOST_WAITING = 300


def list_for_customer(customers: frozenset[UUID], only: UUID | None = None) -> list[dict[str, Any]]:
    """The conversations of `customers`, newest first, as their browser may see them."""
    found = Conversation.objects.filter(customer_id__in=customers).select_related("technician")
    if only is not None:
        found = found.filter(pk=only)
    rows = list(found.order_by("-opened_at")[:MOST_LISTED])
    facts = _Facts(rows)
    unread = _unread(rows, facts, for_customer=True)
    now = datetime.now(UTC)
    return [
        customer_conversation(
            row,
            outcome=facts.outcomes.get(row.id),
            read_seq=facts.read(row.id, AuthorKind.CUSTOMER, customers, customer_numbering=True),
            seen_seq=facts.read(row.id, AuthorKind.TECHNICIAN, None, customer_numbering=True),
            unread=unread.get(row.id, 0),
            at=now,
        )
        for row in rows
    ]


def mine_and_waiting(technician: UUID) -> list[dict[str, Any]]:
    """What a console shows first: the queue (urgent ones, then the longest waiting), this technician's own."""
    mine = (
        _open_rows()
        .filter(technician_id=technician, status=Status.ACTIVE)
        .order_by("opened_at")[:MOST_LISTED]
    )
    waiting = _open_rows().filter(status=Status.WAITING).order_by("-urgent", "waiting_since")[:MOST_WAITING]
    return rows_of([*waiting, *mine], technician)


def rows_by_id(conversations: Iterable[UUID], technician: UUID | None = None) -> list[dict[str, Any]]:
    """Console rows of these conversations; `read_seq` as of `technician`, else of whoever has each."""
    return rows_of(list(_open_rows().filter(pk__in=set(conversations))), technician)


def rows_of(rows: list[Conversation], technician: UUID | None) -> list[dict[str, Any]]:
    """Console rows, in a few queries however many they are."""
    facts = _Facts(rows)
    last = _last_messages(rows)
    read = {row.id: facts.read_by(row.id, technician or row.technician_id) for row in rows}
    unread = _unread(rows, facts, for_customer=False, read=read)
    returning = _returning(rows)
    identities = identities_of({row.customer_id for row in rows}, datetime.now(UTC))
    return [
        console_row(
            row,
            identity=identities[row.customer_id],
            last=last.get(row.id),
            read_seq=read[row.id],
            seen_seq=facts.read(row.id, AuthorKind.CUSTOMER, None, customer_numbering=False),
            unread=unread.get(row.id, 0),
            returning=row.customer_id in returning,
        )
        for row in rows
    ]


def _open_rows() -> QuerySet[Conversation]:
    return Conversation.objects.select_related("inbox", "customer", "technician", "team")


class _Facts:
    """Newest outcomes and read markers of some conversations."""

    def __init__(self, rows: list[Conversation]) -> None:
        ids = [row.id for row in rows]
        self.outcomes = {
            o.conversation_id: o for o in Outcome.objects.filter(conversation_id__in=ids).order_by("at")
        }
        self.markers: dict[UUID, list[ReadMarker]] = {}
        for marker in ReadMarker.objects.filter(conversation_id__in=ids):
            self.markers.setdefault(marker.conversation_id, []).append(marker)

    def read(
        self, conversation: UUID, kind: str, readers: frozenset[UUID] | None, *, customer_numbering: bool
    ) -> int:
        """The furthest any of `readers` (None: anybody of `kind`) has read."""
        places = [
            marker.customer_seq if customer_numbering else marker.seq
            for marker in self.markers.get(conversation, [])
            if marker.reader_kind == kind and (readers is None or marker.reader in readers)
        ]
        return max(places, default=0)

    def read_by(self, conversation: UUID, technician: UUID | None) -> int:
        """How far this technician has read, in the technicians' numbering."""
        if technician is None:
            return 0
        return self.read(
            conversation, AuthorKind.TECHNICIAN, frozenset({technician}), customer_numbering=False
        )


def _unread(
    rows: list[Conversation], facts: _Facts, *, for_customer: bool, read: dict[UUID, int] | None = None
) -> dict[UUID, int]:
    """Messages of the other side past what was read, by conversation."""
    number = "customer_seq" if for_customer else "seq"
    behind: list[Q] = []
    for row in rows:
        if read is not None:
            seen = read[row.id]
        else:
            seen = facts.read(row.id, AuthorKind.CUSTOMER, None, customer_numbering=True)
        if seen < (row.customer_last_seq if for_customer else row.last_seq):
            behind.append(Q(conversation_id=row.id, **{f"{number}__gt": seen}))
    if not behind:
        return {}
    others = Q(author_kind=AuthorKind.TECHNICIAN) if for_customer else Q(author_kind=AuthorKind.CUSTOMER)
    counted: dict[UUID, int] = {}
    for start in range(0, len(behind), 50):  # SQLite bounds the depth of an expression
        found = Event.objects.filter(
            reduce(or_, behind[start : start + 50]), others, kind=EventKind.MESSAGE, note=False
        )
        counts = found.order_by().values("conversation_id").annotate(n=Count("id"))
        counted.update({row["conversation_id"]: row["n"] for row in counts})
    return counted


def _last_messages(rows: list[Conversation]) -> dict[UUID, Event]:
    numbered = (
        Event.objects.filter(conversation_id__in=[row.id for row in rows], kind=EventKind.MESSAGE)
        .filter(seq__gt=F("conversation__last_seq") - 20)
        .annotate(back=Window(RowNumber(), partition_by=F("conversation_id"), order_by=F("seq").desc()))
        .filter(back=1)
    )
    return {event.conversation_id: event for event in numbered}


def _returning(rows: list[Conversation]) -> set[UUID]:
    """The customers among these who have another conversation, as themselves or as whom they are linked with."""
    people = persons_of({row.customer_id for row in rows}, datetime.now(UTC))
    counts = (
        Conversation.objects.filter(customer_id__in=frozenset().union(*people.values()))
        .order_by()
        .values("customer_id")
        .annotate(n=Count("id"))
    )
    held = {row["customer_id"]: row["n"] for row in counts}
    return {customer for customer, person in people.items() if sum(held.get(one, 0) for one in person) > 1}
