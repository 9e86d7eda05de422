"""Pages of a log, in the numbering of its audience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from chat.errors import NotFound
from chat.log.entries import Stored
from chat.log.sql import stored
from chat.models import Conversation, Event, ReadMarker
from chat.payloads.events import event_frame
from customers.prepared import first, prepared

#: Events in one page when a client asks for more.
LARGEST_PAGE = 500
USUAL_PAGE = 200
#: Bytes of text in one page, more or less: five hundred of the longest messages would be sixteen megabytes.
FULLEST_PAGE = 256 * 1024

COLUMNS = (
    *("id", "conversation_id", "seq", "customer_seq", "kind", "at", "author_kind", "author", "author_name"),
    *("client_id", "note", "text", "body"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation somebody may see: what a socket needs to know of it."""

    id: UUID
    customer: UUID
    technician: UUID | None
    status: str
    last_seq: int
    customer_last_seq: int


def place_for_customer(customers: frozenset[UUID], conversation: UUID) -> Place:
    """The conversation, if it belongs to one of `customers`. Raises NotFound, the same for "not there"."""
    place = _place(conversation)
    if place is None or place.customer not in customers:
        raise NotFound()
    return place


def place_for_technician(technician: UUID, conversation: UUID) -> Place:
    """The conversation, if this technician may see it (every technician sees every inbox). Raises NotFound."""
    place = _place(conversation)
    if place is None:
        raise NotFound()
    return place


def page_after(place: Place, after: int, limit: int, *, for_customer: bool) -> dict[str, Any]:
    """The events after `after`, oldest first: `{events, last_seq, more, reads}`; fewer than `limit` if long."""
    events = fitting(
        events_between(place.id, after, None, min(limit, LARGEST_PAGE), for_customer=for_customer)
    )
    last = place.customer_last_seq if for_customer else place.last_seq
    end = (events[-1].customer_seq if for_customer else events[-1].seq) if events else after
    return {
        "events": [event_frame(event, for_customer=for_customer) for event in events],
        "last_seq": last,
        "more": bool(events) and (end or 0) < last,
        "reads": reads_of(place, for_customer=for_customer),
    }


def events_between(
    conversation: UUID, after: int, upto: int | None, limit: int, *, for_customer: bool
) -> list[Stored]:
    """Events numbered from `after` + 1 to `upto` in the audience's numbering, oldest first, at most `limit`."""
    number = "customer_seq" if for_customer else "seq"
    found = Event.objects.filter(conversation_id=conversation, **{f"{number}__gt": after})
    if upto is not None:
        found = found.filter(**{f"{number}__lte": upto})
    return [stored(row) for row in found.order_by(number).values_list(*COLUMNS)[:limit]]


def fitting(events: list[Stored]) -> list[Stored]:
    """As many of the first ones as make a page, at least one."""
    size = 0
    for number, event in enumerate(events):
        size += len(event.text) if event.text.isascii() else 3 * len(event.text)
        if size > FULLEST_PAGE and number:
            return events[:number]
    return events


def reads_of(place: Place, *, for_customer: bool) -> list[dict[str, Any]]:
    """How far each side has read: `[{by: {kind, id}, seq}]`. Customers are told of technicians, not by name."""
    markers = ReadMarker.objects.filter(conversation_id=place.id).values_list(
        "reader_kind", "reader", "seq", "customer_seq"
    )
    return [
        {"by": {"kind": kind, "id": str(reader)}, "seq": customer_seq if for_customer else seq}
        for kind, reader, seq, customer_seq in markers
    ]


def _place(conversation: UUID) -> Place | None:
    row = first(_places(pk=conversation))
    return Place(*row) if row else None


@prepared
def _places(pk: UUID) -> QuerySet[Conversation, Any]:
    columns = ("id", "customer_id", "technician_id", "status", "last_seq", "customer_last_seq")
    return Conversation.objects.filter(pk=pk).values_list(*columns)
