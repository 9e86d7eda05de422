"""Sockets by topic. A frame is encoded once and handed to every socket that follows one of its topics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from django.conf import settings

from chat.hub import topics as names
from chat.hub.bus import Bus
from chat.hub.census import Census


class Listener(Protocol):
    """Whatever can be handed an encoded frame without waiting."""

    def push(self, text: str) -> None:
        """Take the frame, or drop the connection; never block and never raise."""


#: Which event a frame is, in the numbering of those it is for: (conversation, seq, 0) for technicians,
#: (conversation, 0, customer_seq) for the customer.
Mark = tuple[UUID, int, int]


class Hub:
    """The listeners of this process, and the bus to the other processes when REDIS_URL is set.

    Lives on one event loop; every method is to be called there. Delivery is best effort by design: what is
    durable is in the database, and heads tell a listener what it has missed.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._topics: dict[str, set[Listener]] = {}
        self._of: dict[Listener, set[str]] = {}
        #: (seq, customer_seq) up to which this process has seen everything announced, by conversation and audience.
        self.heads: dict[UUID, tuple[int, int]] = {}
        self.bus = Bus(redis_url, self._heard) if redis_url else None
        self._census = Census(redis_url, self.bus) if self.bus is not None else None

    async def follow(self, topic: str, listener: Listener) -> None:
        """From now on `listener` gets what is published on `topic`, from any process."""
        listeners = self._topics.get(topic)
        first = listeners is None
        if listeners is None:
            listeners = self._topics[topic] = set()
        listeners.add(listener)
        self._of.setdefault(listener, set()).add(topic)
        if first and self.bus is not None:
            await self.bus.subscribe(topic)

    def unfollow(self, topic: str, listener: Listener) -> None:
        """Stop that. Unknown topics and listeners are fine."""
        self._of.get(listener, set()).discard(topic)
        listeners = self._topics.get(topic)
        if listeners is None:
            return
        listeners.discard(listener)
        if not listeners:
            del self._topics[topic]
            if self.bus is not None:
                self.bus.unsubscribe(topic)

    def leave(self, listener: Listener) -> None:
        """Stop everything that `listener` follows."""
        for topic in self._of.pop(listener, set()).copy():
            self.unfollow(topic, listener)
        self._of.pop(listener, None)

    def listeners(self, topic: str) -> int:
        """How many follow `topic` in this process."""
        return len(self._topics.get(topic, ()))

    async def admit(self, listener: Listener, who: UUID, customers: Iterable[UUID], most: int) -> bool:
        """Let `listener` follow `customers`, unless `who`, one of them, has `most` listeners in all processes."""
        if self.listeners(names.customer(who)) >= most:
            return False
        for customer in customers:
            await self.follow(names.customer(customer), listener)
        if await self.count(who) <= most:
            return True
        self.leave(listener)
        await self.count(who)
        return False

    async def count(self, customer: UUID) -> int:
        """How many listeners a customer has, here and, as far as Redis knows, in other processes.

        To be asked after one has come or gone: what other processes know of this one is what was counted here last.
        """
        here = self.listeners(names.customer(customer))
        return here + (await self._census.elsewhere(customer, here) if self._census is not None else 0)

    def stand_by(self) -> None:
        """This process serves sockets, and takes those that others send away."""
        if self._census is not None:
            self._census.stand_by()

    async def withdraw(self) -> bool:
        """It does so no longer; whether another process does. If nobody can say, perhaps: True."""
        return self._census is not None and await self._census.withdraw()

    async def close(self) -> None:
        """Send what waits to other processes and let go of Redis."""
        if self.bus is not None:
            await self.bus.close()
        if self._census is not None:
            await self._census.close()

    @property
    def topics(self) -> int:
        """How many topics somebody here listens to."""
        return len(self._topics)

    def followed(self, prefix: str) -> list[str]:
        """What follows `prefix` in the names of all topics that somebody here listens to."""
        cut = len(prefix)
        return [topic[cut:] for topic in self._topics if topic.startswith(prefix)]

    def publish(self, topics: Iterable[str], text: str, mark: Mark | None = None) -> None:
        """Hand the frame to every listener of any of `topics`, each once, here and in other processes."""
        topics = tuple(topics)
        self._heard(topics, text, mark)
        if self.bus is not None:
            self.bus.publish(topics, text, mark)

    def deliver(self, topics: Iterable[str], text: str) -> None:
        """As `publish`, in this process only."""
        sets = [listeners for topic in topics if (listeners := self._topics.get(topic))]
        if not sets:
            return
        for listener in tuple(sets[0]) if len(sets) == 1 else set().union(*sets):
            listener.push(text)

    def _heard(self, topics: tuple[str, ...], text: str, mark: Mark | None) -> None:
        if mark is not None:
            self._note(mark)
        self.deliver(topics, text)

    def _note(self, mark: Mark) -> None:
        """One more event was announced. Beyond a gap nothing counts: what is missing must be found by the sweep.

        Each audience for itself: the customer's copy of an event may be lost and the technicians' copy come.
        """
        conversation, *numbers = mark
        known = self.heads.get(
            conversation, (0, 0) if 1 in numbers else None
        )  # it begins here, or is not known
        if known is not None:
            seq, customer_seq = (old + (new == old + 1) for old, new in zip(known, numbers, strict=True))
            self.heads[conversation] = (seq, customer_seq)


_hubs: dict[int, Hub] = {}


def current() -> Hub:
    """The hub of the running event loop, made at first use."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(id(loop))
    if hub is None:
        _hubs.clear()  # a process has one loop; only tests have one after another
        hub = _hubs[id(loop)] = Hub(settings.REDIS_URL)
    return hub
