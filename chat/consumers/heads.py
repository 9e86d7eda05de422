"""The ends of the logs that sockets of this process follow: carried by heartbeats, swept from the database.

What a hub, Redis or a network lost costs delay, never a message: the sweep feeds what this process has not
announced, and a client that hears a head beyond its own asks for the rest.
"""

from __future__ import annotations

from uuid import UUID

from chat.database import in_database
from chat.hub import hub, topics
from chat.log.entries import Stored
from chat.payloads.events import event_frame
from chat.selectors.heads import Whose, open_heads
from chat.selectors.log import events_between
from chat.wire import encode

#: Conversations asked for in one query.
CHUNK = 500
#: Events fed to a deaf process for one conversation at a sweep; a client pages for more.
MOST_FED = 200


class Heads:
    """`of_customer` and `of_technician`: conversation → end of log, refreshed by `sweep`."""

    def __init__(self) -> None:
        self.of_customer: dict[UUID, dict[UUID, int]] = {}
        self.of_technician: dict[UUID, dict[UUID, int]] = {}
        self.of_conversation: dict[UUID, int] = {}

    async def sweep(self) -> None:
        """Look at the heads of everything followed here and announce, here, what this process has missed."""
        here = hub.current()
        customers = [UUID(one) for one in here.followed("p:")]
        technicians = [UUID(one) for one in here.followed("t:")]
        watched = [UUID(one) for one in here.followed("c:")]
        rows: dict[UUID, tuple[UUID, UUID | None, int, int]] = {}
        followed: tuple[tuple[Whose, list[UUID]], ...] = (
            ("customer_id", customers),
            ("technician_id", technicians),
            ("id", watched),
        )
        for whose, keys in followed:
            for start in range(0, len(keys), CHUNK):
                rows.update(await in_database(open_heads, whose, keys[start : start + CHUNK]))
        self._keep(rows)
        for conversation, (customer, technician, seq, customer_seq) in rows.items():
            known = here.heads.get(conversation)
            if known is not None and known[0] < seq:
                missed = await in_database(
                    events_between, conversation, known[0], seq, MOST_FED, for_customer=False
                )
                known = here.heads.get(conversation, (0, 0))  # some may have come meanwhile
                _feed([event for event in missed if event.seq > known[0]], customer, technician)
            here.heads[conversation] = max(here.heads.get(conversation, (0, 0)), (seq, customer_seq))
        for gone in here.heads.keys() - rows.keys():
            del here.heads[gone]

    def _keep(self, rows: dict[UUID, tuple[UUID, UUID | None, int, int]]) -> None:
        self.of_customer, self.of_technician, self.of_conversation = {}, {}, {}
        for conversation, (customer, technician, seq, customer_seq) in rows.items():
            self.of_customer.setdefault(customer, {})[conversation] = customer_seq
            self.of_conversation[conversation] = seq
            if technician is not None:
                self.of_technician.setdefault(technician, {})[conversation] = seq


def _feed(missed: list[Stored], customer: UUID, technician: UUID | None) -> None:
    here = hub.current()
    consoles = [topics.conversation(missed[0].conversation)] if missed else []
    if technician is not None:
        consoles.append(topics.technician(technician))
    for event in missed:
        here.deliver(consoles, encode(event_frame(event, for_customer=False)))
        if event.customer_seq is not None:
            here.deliver([topics.customer(customer)], encode(event_frame(event, for_customer=True)))
