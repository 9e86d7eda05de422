"""Technicians' panels that follow a customer's first words: whoever answers should know who this may be, early."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from chat.hub import hub, topics
from chat.log.entries import Done
from chat.services.notices import tell_contexts

#: Later words seldom tell more about who somebody is, and every look costs some queries.
FIRST_WORDS = 6


class Panels:
    """Collects the conversations whose customers have just said something new, and tells their technicians soon."""

    def __init__(self) -> None:
        #: Set while there is something for `flush` to tell.
        self.changed = asyncio.Event()
        self._changed: dict[UUID, None] = {}  # a set that keeps the order

    def note(self, done: Done) -> None:
        """Something was stored: are these first words, and does anybody look on?"""
        event, head = done.event, done.head
        if event is None or done.duplicate or event.kind != "message":
            return
        if event.author_kind != "customer" or not 1 < event.seq <= FIRST_WORDS or head.replied_at:
            return
        if head.technician is not None or hub.current().listeners(topics.conversation(head.id)):
            self._changed[head.id] = None
            self.changed.set()

    async def flush(self) -> None:
        """Tell what has gathered, one after the other; as long as each took, others have the processor.

        When many begin at once, messages go first: a panel that comes a moment later holds nobody up.
        """
        changed, self._changed = self._changed, {}
        for conversation in changed:
            began = time.monotonic()
            await tell_contexts([conversation])
            await asyncio.sleep(time.monotonic() - began)
