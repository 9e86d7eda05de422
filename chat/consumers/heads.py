"""The ends of the logs that sockets of this process follow: carried by heartbeats, swept from the database.

What a hub, Redis or a network lost costs delay, never a message: the sweep feeds what this process has not
announced, and a client that hears a head beyond its own asks for the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from chat.database import in_database
from chat.hub import hub, topics
from chat.metrics import figures
from chat.payloads.events import event_frame
from chat.selectors.heads import Whose, open_heads
from chat.selectors.log import events_between
from chat.wire import encode, time_text

#: Conversations asked for in one query.
CHUNK = 500
#: Events fed to a deaf process for one conversation at a sweep; a client pages for more.
MOST_FED = 200

#: (customer, technician, last_seq, customer_last_seq) of a conversation.
Row = tuple[UUID, UUID | None, int, int]


class Heads:
    """`of_customer` and `of_technician`: conversation → end of log, refreshed by `sweep`."""

    def __init__(self) -> None:
        self.of_customer: dict[UUID, dict[UUID, int]] = {}
        self.of_technician: dict[UUID, dict[UUID, int]] = {}
        self.of_conversation: dict[UUID, int] = {}
        self._rows: dict[UUID, Row] = {}

    async def sweep(self) -> None:
        """Look at the heads of everything followed here and announce, here, what this process has missed."""
        here = hub.current()
        before = self._rows
        rows = await _followed()
        # Somebody else's now, or nobody's: whoever had it may not have heard of that.
        lost = {one: row for one, row in before.items() if one not in rows and one in here.heads}
        self._keep(rows)
        left = await _rows("id", [one for one, row in lost.items() if _followers(one, row)])
        for conversation, row in {**rows, **left}.items():
            await _catch_up(conversation, row, before.get(conversation, row)[1])
        for gone in here.heads.keys() - rows.keys():
            del here.heads[gone]

    def _keep(self, rows: dict[UUID, Row]) -> None:
        self._rows = rows
        self.of_customer, self.of_technician, self.of_conversation = {}, {}, {}
        for conversation, (customer, technician, seq, customer_seq) in rows.items():
            self.of_customer.setdefault(customer, {})[conversation] = customer_seq
            self.of_conversation[conversation] = seq
            if technician is not None:
                self.of_technician.setdefault(technician, {})[conversation] = seq


async def _followed() -> dict[UUID, Row]:
    here = hub.current()
    followed: tuple[tuple[Whose, str], ...] = (
        ("customer_id", "p:"),
        ("technician_id", "t:"),
        ("id", "c:"),
    )
    rows: dict[UUID, Row] = {}
    for whose, prefix in followed:
        rows.update(await _rows(whose, [UUID(one) for one in here.followed(prefix)]))
    return rows


async def _rows(whose: Whose, keys: list[UUID]) -> dict[UUID, Row]:
    rows: dict[UUID, Row] = {}
    for start in range(0, len(keys), CHUNK):
        rows.update(await in_database(open_heads, whose, keys[start : start + CHUNK]))
    return rows


async def _catch_up(conversation: UUID, row: Row, technician_before: UUID | None) -> None:
    """Feed each audience what it has missed; where it is not known what that is, say where the log ends."""
    here = hub.current()
    customer, technician, *ends = row
    audiences = (
        _consoles(conversation, {technician, technician_before}),
        [topics.customer(customer)],
    )
    for audience, (listening, end) in enumerate(zip(audiences, ends, strict=True)):
        known = here.heads.get(conversation)
        if any(here.listeners(topic) for topic in listening):
            if known is None:
                _tell_head(listening, conversation, end)
            elif known[audience] < end:
                await _feed(listening, conversation, audience, known[audience], end)
    known = here.heads.get(conversation, (0, 0))  # some may have come meanwhile
    here.heads[conversation] = (max(known[0], ends[0]), max(known[1], ends[1]))


async def _feed(listening: list[str], conversation: UUID, audience: int, known: int, end: int) -> None:
    here, to_customer = hub.current(), audience == 1
    missed = await in_database(events_between, conversation, known, end, MOST_FED, for_customer=to_customer)
    come = here.heads.get(conversation, (0, 0))[audience]
    for event in missed:
        seq = event.customer_seq if to_customer else event.seq
        if seq is not None and seq > come:
            figures.HEALED.inc()
            here.deliver(listening, encode(event_frame(event, for_customer=to_customer)))
    if len(missed) == MOST_FED:
        _tell_head(listening, conversation, end)


def _tell_head(listening: list[str], conversation: UUID, end: int) -> None:
    """A heartbeat out of turn, for one conversation: who holds less asks for the rest."""
    now = time_text(datetime.now(UTC))
    frame = {"type": "heartbeat", "heads": {str(conversation): end}, "server_time": now}
    hub.current().deliver(listening, encode(frame))


def _consoles(conversation: UUID, technicians: set[UUID | None]) -> list[str]:
    return [topics.conversation(conversation), *(topics.technician(one) for one in technicians if one)]


def _followers(conversation: UUID, row: Row) -> bool:
    here = hub.current()
    return any(here.listeners(topic) for topic in _consoles(conversation, {row[1]}))
