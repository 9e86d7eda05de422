"""What a client has missed since the cursors it says hello with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chat.errors import NotFound
from chat.payloads.events import event_frame
from chat.selectors.log import (
    USUAL_PAGE,
    Place,
    events_between,
    fitting,
    place_for_customer,
    place_for_technician,
)
from chat.wire import encode

#: Cursors that are looked at in one hello; a client asks for the rest by `sync`.
MOST_CURSORS = 100


def first_cursors(cursors: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The cursors of a hello that are looked at, whatever stands in them."""
    return list(cursors.items())[:MOST_CURSORS]


def missed_by_customer(customers: frozenset[UUID], key: Any, seq: Any) -> list[str]:
    """Encoded frames, in order, that bring a browser that may see `customers` up to date from one cursor.

    Or one that tells it to start anew. Nothing for what is not theirs, not there or not a cursor: it does not exist.
    """
    return _missed(place_for_customer, customers, key, seq, True)


def missed_by_technician(technician: UUID, key: Any, seq: Any) -> list[str]:
    """The same for a console."""
    return _missed(place_for_technician, technician, key, seq, False)


def _missed(place_for: Any, whom: Any, key: Any, seq: Any, for_customer: bool) -> list[str]:
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2_000_000_000:
        return []
    try:
        place: Place = place_for(whom, UUID(key))
    except (NotFound, ValueError, TypeError, AttributeError):
        return []
    last = place.customer_last_seq if for_customer else place.last_seq
    if seq > last:
        # The client knows more than the database: one that was restored. What it holds is not true any more.
        return [encode({"type": "reset", "conversation": str(place.id), "reason": "restored"})]
    if seq == last:
        return []
    events = fitting(events_between(place.id, seq, None, USUAL_PAGE, for_customer=for_customer))
    return [encode(event_frame(event, for_customer=for_customer)) for event in events]
