"""Sockets by topic. A frame is encoded once and handed to every socket that follows one of its topics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from django.conf import settings

from chat.hub.bus import Bus


class Listener(Protocol):
    """Whatever can be handed an encoded frame without waiting."""

    def push(self, text: str) -> None:
        """Take the frame, or drop the connection; never block and never raise."""


#: What an event frame says of its conversation: (conversation, seq, customer_seq) of the log's end.
Mark = tuple[UUID, int, int]


class Hub:
    """The listeners of this process, and the bus to the other processes when REDIS_URL is set.

    Lives on one event loop; every method is to be called there. Delivery is best effort by design: what is
    durable is in the database, and heads tell a listener what it has missed.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._topics: dict[str, set[Listener]] = {}
        self._of: dict[Listener, set[str]] = {}
        #: (seq, customer_seq) that this process has seen announced, by conversation.
        self.heads: dict[UUID, tuple[int, int]] = {}
        self.bus = Bus(redis_url, self._heard) if redis_url else None

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
            conversation, seq, customer_seq = mark
            if conversation in self.heads or any(topic in self._topics for topic in topics):
                known = self.heads.get(conversation, (0, 0))
                self.heads[conversation] = (max(known[0], seq), max(known[1], customer_seq))
        self.deliver(topics, text)


_hubs: dict[int, Hub] = {}


def current() -> Hub:
    """The hub of the running event loop, made at first use."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(id(loop))
    if hub is None:
        _hubs.clear()  # a process has one loop; only tests have one after another
        hub = _hubs[id(loop)] = Hub(settings.REDIS_URL)
    return hub
