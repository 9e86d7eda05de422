"""Lists of conversations: a customer's own, a technician's, the queue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from chat.models import AuthorKind, Conversation, Event, EventKind, Outcome, ReadMarker, Status
from chat.payloads.conversations import console_row, customer_conversation
from customers.prepared import prepared
from customers.selectors import identities_of, persons_of

#: More than anybody scrolls through; older ones stay reachable by their case code.
MOST_LISTED = 200
#: Rows of the queue a console is given at once; the others follow as these are claimed.
MOST_WAITING = 300
#: Events behind which a row's last message is not looked for.
LOOKED_BACK = 20


def list_for_customer(customers: frozenset[UUID], only: UUID | None = None) -> list[dict[str, Any]]:
    """The conversations of `customers`, newest first, as their browser may see them."""
    rows: list[Conversation]
    rows = _own(customers=customers) if only is None else _one_of(customers=customers, only=only)
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
    mine = _mine(technician=technician)
    # The keys first: PostgreSQL would join everybody who waits with everybody on file, and only then take the first.
    keys = _queue()
    waiting = {row.id: row for row in _rows(conversations=keys)}
    return rows_of([*(waiting[key] for key in keys if key in waiting), *mine], technician)


def rows_by_id(conversations: Iterable[UUID], technician: UUID | None = None) -> list[dict[str, Any]]:
    """Console rows of these conversations; `read_seq` as of `technician`, else of whoever has each."""
    return rows_of(_rows(conversations=set(conversations)), technician)


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


_SHOWN_WITH = ("inbox", "customer", "technician", "team")


@prepared
def _rows(conversations: Iterable[UUID]) -> QuerySet[Conversation, Conversation]:
    return Conversation.objects.select_related(*_SHOWN_WITH).filter(pk__in=conversations)


@prepared
def _mine(technician: UUID) -> QuerySet[Conversation, Conversation]:
    active = Conversation.objects.filter(technician_id=technician, status=Status.ACTIVE)
    return active.select_related(*_SHOWN_WITH).order_by("opened_at")[:MOST_LISTED]


@prepared
def _queue() -> QuerySet[Conversation, Any]:
    queue = Conversation.objects.filter(status=Status.WAITING).order_by("-urgent", "waiting_since")
    return queue.values_list("id", flat=True)[:MOST_WAITING]


@prepared
def _own(customers: Iterable[UUID]) -> QuerySet[Conversation, Conversation]:
    found = Conversation.objects.filter(customer_id__in=customers).select_related("technician")
    return found.order_by("-opened_at")[:MOST_LISTED]


@prepared
def _one_of(customers: Iterable[UUID], only: UUID) -> QuerySet[Conversation, Conversation]:
    return Conversation.objects.filter(customer_id__in=customers, pk=only).select_related("technician")


@prepared
def _outcomes(conversations: Iterable[UUID]) -> QuerySet[Outcome, Outcome]:
    return Outcome.objects.filter(conversation_id__in=conversations).order_by("at")


@prepared
def _markers(conversations: Iterable[UUID]) -> QuerySet[ReadMarker, ReadMarker]:
    return ReadMarker.objects.filter(conversation_id__in=conversations)


class _Facts:
    """What came of those that are solved, and how far all have been read."""

    def __init__(self, rows: list[Conversation]) -> None:
        ids = [row.id for row in rows]
        solved = [row.id for row in rows if row.status == Status.RESOLVED]  # no others stand
        found = _outcomes(conversations=solved) if solved else []
        self.outcomes: dict[UUID, Outcome] = {outcome.conversation_id: outcome for outcome in found}
        self.markers: dict[UUID, list[ReadMarker]] = {}
        for marker in _markers(conversations=ids):
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
    behind: list[tuple[UUID, int]] = []
    for row in rows:
        if read is not None:
            seen = read[row.id]
        else:
            seen = facts.read(row.id, AuthorKind.CUSTOMER, None, customer_numbering=True)
        if seen < (row.customer_last_seq if for_customer else row.last_seq):
            behind.append((row.id, seen))
    count = _counted_by_customer if for_customer else _counted_by_technician
    counted: dict[UUID, int] = {}
    for start in range(0, len(behind), 50):  # SQLite bounds the depth of an expression
        given: dict[str, Any] = {}
        for place, (conversation, seen) in enumerate(behind[start : start + 50]):
            given |= {f"conversation{place}": conversation, f"seen{place}": seen}
        counted.update(count(**given))
    return counted


@prepared
def _counted_by_customer(**behind: Any) -> QuerySet[Event, Any]:
    pairs = _in_pairs(behind)
    return _counted(
        (Q(conversation_id=one, customer_seq__gt=seq) for one, seq in pairs), AuthorKind.TECHNICIAN
    )


@prepared
def _counted_by_technician(**behind: Any) -> QuerySet[Event, Any]:
    pairs = _in_pairs(behind)
    return _counted((Q(conversation_id=one, seq__gt=seq) for one, seq in pairs), AuthorKind.CUSTOMER)


def _in_pairs(given: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
    values = list(given.values())
    return zip(values[::2], values[1::2], strict=True)


def _counted(behind: Iterable[Q], by: AuthorKind) -> QuerySet[Event, Any]:
    found = Event.objects.filter(reduce(or_, behind), author_kind=by, kind=EventKind.MESSAGE, note=False)
    return found.order_by().values_list("conversation_id").annotate(n=Count("id"))


def _last_messages(rows: list[Conversation]) -> dict[UUID, Event]:
    """The newest message of each, unless it is long past. Two queries, each of which goes by keys.

    In one, over the logs of all of them, PostgreSQL reads every head there is.
    """
    keys = [key for key in _newest_said(conversations=[row.id for row in rows]) if key is not None]
    return {event.conversation_id: event for event in _events(keys=keys)}


@prepared
def _newest_said(conversations: Iterable[UUID]) -> QuerySet[Conversation, Any]:
    said = Event.objects.filter(
        conversation=OuterRef("pk"), kind=EventKind.MESSAGE, seq__gt=OuterRef("last_seq") - LOOKED_BACK
    )
    newest = Subquery(said.order_by("-seq").values("pk")[:1])
    return Conversation.objects.filter(pk__in=conversations).values_list(newest, flat=True)


@prepared
def _events(keys: Iterable[UUID]) -> QuerySet[Event, Event]:
    return Event.objects.filter(pk__in=keys)


def _returning(rows: list[Conversation]) -> set[UUID]:
    """The customers among these who have another conversation, as themselves or as whom they are linked with."""
    people = persons_of({row.customer_id for row in rows}, datetime.now(UTC))
    held = dict(_held(customers=frozenset().union(*people.values())))
    return {customer for customer, person in people.items() if sum(held.get(one, 0) for one in person) > 1}


@prepared
def _held(customers: Iterable[UUID]) -> QuerySet[Conversation, Any]:
    found = Conversation.objects.filter(customer_id__in=customers)
    return found.order_by().values_list("customer_id").annotate(n=Count("id"))
