"""Conversations of technicians who are gone: when customers wait for their answer, others may take over."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from agents.selectors import anybody_present, technicians_online, technicians_present
from chat.errors import Conflict, NotFound
from chat.log.entries import SYSTEM, Entry, Release
from chat.log.store import store
from chat.selectors.waiting import busy_technicians, unanswered_of

#: Conversations given back at one look; the next look takes the others.
MOST_AT_ONCE = 200


class Absences:
    """Who has been gone since when, as far as this worker has seen it itself.

    Seen, and not read from when leases ended: after an hour in which every server was down, nobody may lose what
    they have before they could come back.
    """

    def __init__(self) -> None:
        self._since: dict[UUID, float] = {}

    def look(self, at: float) -> int:
        """Give back to the queue what waits for somebody who was gone at every look for GONE_AFTER seconds.

        Only while somebody else is online, who could take it; how many conversations that were. `at`: seconds of a
        clock that is never set, so that nobody seems gone because the machine's clock jumped. Raises Unavailable.
        """
        patience: float = settings.RAPPORT["GONE_AFTER"]
        now = datetime.now(UTC)
        online = {one.id for one in technicians_online(now)} if patience and anybody_present() else set()
        gone = busy_technicians() - technicians_present(now) if online else set()
        self._since = {one: self._since.get(one, at) for one in gone}
        long_gone = {one for one, since in self._since.items() if at - since >= patience}
        given_back = 0
        for waiting in unanswered_of(long_gone, MOST_AT_ONCE) if long_gone else []:
            act = Release(gone=waiting.technician, seen=waiting.last_seq, since=waiting.since)
            try:
                given_back += bool(store(Entry(waiting.conversation, SYSTEM, act)).events)
            except (Conflict, NotFound):
                continue
        return given_back
