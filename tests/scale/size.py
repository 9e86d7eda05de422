"""How much of everything belongs to so many events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of rows. Of ten events one customer, of eight one conversation: some customers come back."""

    events: int
    customers: int
    conversations: int
    waiting: int
    active: int
    huge: int  # conversations that are very long …
    length: int  # … with so many events each
    technicians: int = 20
    years: int = 5


def device_token(number: int) -> str:
    """The token of a made customer's browser: for programs that come back as them."""
    return f"rd1_made-{number}"


def size_for(events: int, *, waiting: int | None = None) -> Size:
    """The usual proportions. `waiting`: the queue (at most 10,000). Raises ValueError for fewer than 1,000 events."""
    if events < 1_000:
        raise ValueError("at least 1,000 events")
    conversations = events // 8
    queue = min(10_000, conversations // 8) if waiting is None else waiting
    active = min(200, conversations // 10)
    if not 0 <= queue <= conversations - active - 10:
        raise ValueError(f"a queue of {queue:,} does not fit into {conversations:,} conversations")
    return Size(
        events=events,
        customers=events // 10,
        conversations=conversations,
        waiting=queue,
        active=active,
        huge=3,
        length=min(10_000, events // 50),
    )
