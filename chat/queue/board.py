"""The queue as consoles and waiting customers see it: rows and positions, coalesced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chat.database import in_database
from chat.hub import hub, topics
from chat.log.entries import Done
from chat.models import Conversation, EventKind, Status
from chat.queue.pace import estimate, seconds_between_claims
from chat.queue.places import places_of
from chat.selectors.lists import MOST_WAITING, rows_by_id
from chat.wire import encode, time_text

#: What consoles were last told of a waiting conversation: since when, and the end of its log.
Seen = tuple[str | None, int]

#: From here on a place is told in steps.
FAR_BACK = 100


class Board:
    """Collects what changed and tells it soon, once. One a process."""

    def __init__(self) -> None:
        #: Set while there are rows for `flush` to tell.
        self.changed = asyncio.Event()
        self._dirty: set[UUID] = set()
        self._entered: set[UUID] = set()
        self._waiting: dict[UUID, Seen] = {}
        self._telling = asyncio.Lock()
        self._placed: dict[UUID, tuple[int, int | None]] = {}

    def note(self, done: Done) -> None:
        """Something was stored: does it change a row of the queue?"""
        if not done.events:
            return
        if done.opened or any(event.kind != EventKind.MESSAGE for event in done.events):
            self._dirty.add(done.head.id)
            if done.head.status == Status.WAITING:
                self._entered.add(done.head.id)
        elif done.head.status == Status.WAITING:
            self._dirty.add(done.head.id)
        if self._dirty:
            self.changed.set()

    def place_again(self, conversations: Iterable[str]) -> None:
        """Tell the places of these soon, changed or not: somebody has just come to look."""
        for conversation in conversations:
            self._placed.pop(UUID(conversation), None)

    async def flush(self) -> None:
        """Tell every console, in all processes, the rows that changed here."""
        if not self._dirty:
            return
        async with self._telling:
            await self._flush()

    async def _flush(self) -> None:
        dirty, entered = self._dirty, self._entered
        self._dirty, self._entered = set(), set()
        try:
            rows = await in_database(rows_by_id, dirty)
        except Exception:
            self._dirty |= dirty  # told later rather than never
            self._entered |= entered
            self.changed.set()
            raise
        here = hub.current()
        for row in rows:
            conversation = UUID(row["id"])
            here.publish([topics.CONSOLES], encode(_frame(row, entered=conversation in entered)))
            if row["status"] == Status.WAITING:
                self._waiting[conversation] = row["waiting_since"], row["last_seq"]
            else:
                self._waiting.pop(conversation, None)

    async def sweep(self) -> None:
        """Tell this process's consoles what changed elsewhere and was not heard of."""
        async with self._telling:
            await self._sweep()

    async def _sweep(self) -> None:
        here = hub.current()
        if not here.followed(topics.CONSOLES):
            self._waiting = {}
            return
        waiting = await in_database(_waiting_heads)
        known, self._waiting = self._waiting, waiting
        changed = {one for one in waiting.keys() | known.keys() if waiting.get(one) != known.get(one)}
        changed -= self._dirty  # which `flush` is about to tell everybody
        for row in await in_database(rows_by_id, changed) if changed else []:
            here.deliver([topics.CONSOLES], encode(_frame(row, entered=UUID(row["id"]) not in known)))

    async def tell_positions(self) -> None:
        """Tell the waiting customers of this process their place, where it changed."""
        here = hub.current()
        customers = set(here.followed("p:"))
        if not customers:
            self._placed = {}
            return
        placed = await in_database(_places, customers)
        told: dict[UUID, tuple[int, int | None]] = {}
        for conversation, (customer, position, seconds) in placed.items():
            before = self._placed.get(conversation)
            told[conversation] = (position, seconds)
            if before is not None and _much_the_same(before, (position, seconds)):
                told[conversation] = before
            else:
                frame = {
                    "type": "queue",
                    "conversation": str(conversation),
                    "position": position,
                    "estimate_seconds": seconds,
                }
                here.deliver([topics.customer(customer)], encode(frame))
        self._placed = told


def _much_the_same(told: tuple[int, int | None], now: tuple[int, int | None]) -> bool:
    """Whether somebody who was told this place needs not be told the present one.

    With ten thousand waiting, each claim moves ten thousand people up; who is far back hears of steps of 2 %.
    """
    (was, then), (position, seconds) = told, now
    if position <= FAR_BACK:
        return told == now
    moved = abs(was - position) * 50 >= position
    if then is None or seconds is None:
        return not moved and then == seconds
    return not moved and abs(then - seconds) * 5 < seconds


def _frame(row: dict[str, Any], *, entered: bool) -> dict[str, Any]:
    if row["status"] != Status.WAITING:
        change = "removed"
    else:
        change = "added" if entered else "changed"
    return {"type": "queue", "conversation": row["id"], "change": change, "row": row}


def _waiting_heads() -> dict[UUID, Seen]:
    rows = Conversation.objects.filter(status=Status.WAITING).order_by("-urgent", "waiting_since")
    found = rows.values_list("id", "waiting_since", "last_seq")[:MOST_WAITING]
    return {one: (time_text(since), seq) for one, since, seq in found}


def _places(customers: set[str]) -> dict[UUID, tuple[UUID, int, int | None]]:
    """Waiting conversation → (customer, position in its inbox, seconds) for these customers."""
    gap = seconds_between_claims()
    return {
        conversation: (customer, position, estimate(position, gap))
        for conversation, customer, position in places_of(UUID(one) for one in customers)
    }
