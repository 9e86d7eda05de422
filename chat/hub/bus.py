"""Between processes: one Redis connection that listens and one that publishes, pipelined.

Nothing here is durable. While Redis is away frames for other processes are dropped; the sweep over the heads
feeds their sockets from the database, and this process's own sockets never notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

import redis.asyncio as redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PREFIX = "rapport:"
#: Frames that may wait for Redis before new ones are dropped (the sweep replaces them).
MOST_WAITING = 20_000
#: How long `subscribe` waits for Redis to confirm before the caller goes on without.
PATIENCE = 1.0


class Bus:
    """Publishes to, and hears from, all other processes with the same REDIS_URL."""

    def __init__(self, url: str, heard: Callable[[tuple[str, ...], str, Any], None]) -> None:
        self._url = url
        self._heard = heard
        self._me = uuid.uuid4().hex
        self._wanted: set[str] = set()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._waiting: list[tuple[str, str]] = []
        self._wake = asyncio.Event()
        self._changes = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def subscribe(self, topic: str) -> None:
        """Hear `topic`. Returns when Redis has confirmed, or after PATIENCE seconds without it."""
        self._start()
        self._wanted.add(topic)
        confirmed = self._confirmed.setdefault(topic, asyncio.Event())
        self._changes.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(confirmed.wait(), PATIENCE)

    def unsubscribe(self, topic: str) -> None:
        """Hear it no longer."""
        self._wanted.discard(topic)
        self._confirmed.pop(topic, None)
        self._changes.set()

    def publish(self, topics: tuple[str, ...], text: str, mark: tuple[UUID, int, int] | None = None) -> None:
        """Send a frame to the other processes, soon. Drops it when too much waits already."""
        self._start()
        if len(self._waiting) < MOST_WAITING:
            end = f"{mark[0].hex}:{mark[1]}:{mark[2]}" if mark else "-"
            frame = f"{self._me} {','.join(topics)} {end} {text}"
            # A copy on each topic: other processes follow different ones.
            self._waiting.extend((topic, frame) for topic in topics)
            self._wake.set()

    async def close(self) -> None:
        """Send what waits, then stop."""
        for _ in range(50):
            if not self._waiting:
                break
            await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._keep(self._listen), name="hub listens"),
                asyncio.create_task(self._keep(self._send), name="hub publishes"),
            ]

    async def _keep(self, work: Callable[[Any], Any]) -> None:
        """Run `work` for ever, with a new connection after each failure."""
        pause = 0.1
        while True:
            # socket_timeout=None: a subscriber may rightly hear nothing for hours.
            client = redis.Redis.from_url(self._url, socket_timeout=None, socket_connect_timeout=2)
            try:
                await work(client)
            except (RedisError, OSError, asyncio.IncompleteReadError) as error:
                logger.warning("Redis is away (%s); trying again", type(error).__name__)
            finally:
                with contextlib.suppress(Exception):
                    await client.aclose()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _listen(self, client: Any) -> None:
        pubsub = client.pubsub()
        try:
            have: set[str] = set()
            # redis-py cannot read before the first subscription.
            await pubsub.subscribe(PREFIX + "all")
            reader = asyncio.create_task(self._read(pubsub))
            changes: asyncio.Task[bool] | None = None
            try:
                while True:
                    self._changes.clear()
                    wanted = set(self._wanted)
                    if new := wanted - have:
                        await pubsub.subscribe(*(PREFIX + topic for topic in new))
                    if gone := have - wanted:
                        await pubsub.unsubscribe(*(PREFIX + topic for topic in gone))
                    have = wanted
                    changes = asyncio.create_task(self._changes.wait())
                    await asyncio.wait({reader, changes}, return_when=asyncio.FIRST_COMPLETED)
                    if reader.done():
                        reader.result()
                        return
            finally:
                reader.cancel()
                if changes is not None:
                    changes.cancel()
        finally:
            with contextlib.suppress(Exception):
                await pubsub.aclose()

    async def _read(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=False, timeout=None)
            if message is None:
                continue
            topic = message["channel"].decode()[len(PREFIX) :]
            if message["type"] == "subscribe":
                if (confirmed := self._confirmed.get(topic)) is not None:
                    confirmed.set()
            elif message["type"] == "message":
                sender, topics, end, text = message["data"].decode().split(" ", 3)
                if sender == self._me:
                    continue
                # A frame comes once for each of its topics that we hear: take it on the first of them.
                names = tuple(topics.split(","))
                if next((name for name in names if name in self._wanted), None) == topic:
                    self._heard(names, text, _mark(end))

    async def _send(self, client: Any) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:500], self._waiting[500:]
                pipe = client.pipeline(transaction=False)
                for topic, frame in batch:
                    pipe.publish(PREFIX + topic, frame)
                await pipe.execute()


def _mark(end: str) -> tuple[UUID, int, int] | None:
    if end == "-":
        return None
    conversation, seq, customer_seq = end.split(":")
    return UUID(conversation), int(seq), int(customer_seq)
