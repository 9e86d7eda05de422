"""What follows a customer's first words: whoever answers should know who this may be, early."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from chat.database import in_database
from chat.hub import hub, topics
from chat.log.entries import Done
from chat.recall.suggesting import look_early
from chat.services.notices import tell_contexts

#: Later words seldom tell more about who somebody is, and every look costs some queries.
FIRST_WORDS = 6
#: Conversations looked into early at a time. When more begin at once, the others are looked into when they are taken:
#: there is no telling when that is, and whoever is here has the processor first.
MOST_EARLY = 3


class Panels:
    """Collects the conversations whose customers have just said something new.

    Their technicians are told soon; for those that nobody looks at yet it is looked up who it may be, so that whoever
    takes one has it at once.
    """

    def __init__(self) -> None:
        #: Set while there is something for `flush` to tell.
        self.changed = asyncio.Event()
        #: In the order in which they came; whether somebody looks on.
        self._changed: dict[UUID, bool] = {}

    def note(self, done: Done) -> None:
        """Something was stored: are these first words?"""
        event, head = done.event, done.head
        if event is None or done.duplicate or event.kind != "message":
            return
        if event.author_kind != "customer" or event.seq > FIRST_WORDS or head.replied_at:
            return
        watched = head.technician is not None or bool(hub.current().listeners(topics.conversation(head.id)))
        if event.seq > 1 or not watched:  # the very first words come with everything else of a conversation
            self._changed[head.id] = watched
            self.changed.set()

    async def flush(self) -> None:
        """Tell and look for what has gathered, one after the other; as long as each took, others have the processor.

        When many begin at once, messages go first: a panel that comes a moment later holds nobody up.
        """
        changed, self._changed = self._changed, {}
        early = [conversation for conversation, watched in changed.items() if not watched][:MOST_EARLY]
        for conversation, watched in changed.items():
            if not watched and conversation not in early:
                continue
            began = time.monotonic()
            await (tell_contexts([conversation]) if watched else in_database(look_early, conversation))
            await asyncio.sleep(time.monotonic() - began)
