"""What a client has missed since the cursors it says hello with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chat.errors import NotFound
from chat.payloads.events import event_frame
from chat.selectors.log import USUAL_PAGE, Place, events_between, place_for_customer, place_for_technician
from chat.wire import encode

#: Cursors that are looked at in one hello; a client asks for the rest by `sync`.
MOST_CURSORS = 100


@dataclass(frozen=True, slots=True)
class Missed:
    """Encoded frames, in order, that bring one conversation up to date (or tell to start anew)."""

    conversation: UUID
    frames: list[str]


def missed_by_customer(customers: frozenset[UUID], cursors: dict[Any, Any]) -> list[Missed]:
    """What a browser that may see `customers` has missed."""
    found = [_missed(place_for_customer, customers, key, seq, True) for key, seq in _first(cursors)]
    return [one for one in found if one is not None]


def missed_by_technician(technician: UUID, cursors: dict[Any, Any]) -> list[Missed]:
    """What a console has missed of the conversations it shows."""
    found = [_missed(place_for_technician, technician, key, seq, False) for key, seq in _first(cursors)]
    return [one for one in found if one is not None]


def _first(cursors: dict[Any, Any]) -> list[tuple[Any, Any]]:
    return list(cursors.items())[:MOST_CURSORS]


def _missed(place_for: Any, whom: Any, key: Any, seq: Any, for_customer: bool) -> Missed | None:
    """None for what is not theirs, not there or not a cursor: it does not exist for them."""
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2_000_000_000:
        return None
    try:
        place: Place = place_for(whom, UUID(key))
    except (NotFound, ValueError, TypeError, AttributeError):
        return None
    last = place.customer_last_seq if for_customer else place.last_seq
    if seq > last:
        # The client knows more than the database: one that was restored. What it holds is not true any more.
        reset = {"type": "reset", "conversation": str(place.id), "reason": "restored"}
        return Missed(place.id, [encode(reset)])
    events = events_between(place.id, seq, None, USUAL_PAGE, for_customer=for_customer) if seq < last else []
    return Missed(place.id, [encode(event_frame(event, for_customer=for_customer)) for event in events])
