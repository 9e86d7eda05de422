"""Between processes: one Redis connection that listens and one that publishes, pipelined.

Nothing here is durable. While Redis is away, or does not answer, frames for other processes are dropped; the sweep
over the heads feeds their sockets from the database, and this process's own sockets never notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any
from uuid import UUID

from redis.exceptions import ConnectionError, RedisError  # noqa: A004  (Redis's own)

from chat.hub.client import client_of
from chat.metrics import figures

logger = logging.getLogger(__name__)

PREFIX = "rapport:"
#: Frames, and characters of them, that may wait for Redis before new ones are dropped (the sweep replaces them).
MOST_WAITING = 20_000
MOST_CHARACTERS = 8 * 1024 * 1024
#: Seconds after which a frame that still waits is not sent any more: the sweep has told it, and a row of the queue
#: or somebody's typing would by then say what is no longer so.
STALE = 2.0
#: How long `subscribe` waits for Redis to confirm before the caller goes on without.
PATIENCE = 1.0
#: Seconds that connecting, a handshake or one batch may take.
ANSWER_WITHIN = 2.0
#: Seconds of silence after which the listening connection asks whether Redis is still there; after as many more
#: without a word it is given up. A peer that is frozen, or whose network is gone, closes nothing.
ASK_AFTER = 2.0
#: Seconds that a connection must have lasted to count as good: after it, trying again begins at once.
LASTED = 10.0
#: Seconds after which a beat that has not come back counts as lost, and the way as broken.
BEAT_LOST = 5.0


class Bus:
    """Publishes to, and hears from, all other processes with the same REDIS_URL."""

    def __init__(self, url: str, heard: Callable[[tuple[str, ...], str, Any], None]) -> None:
        self._url = url
        self._heard = heard
        #: Names this process to the others; while it is connected somebody listens to the topic of this name.
        self.me = uuid.uuid4().hex
        self._missing: set[str] = set()
        #: Frames that were never sent.
        self.dropped = 0
        self.published = self.heard = 0
        self._beat_at, self._heard_at = 0.0, float("-inf")
        self._wanted: set[str] = {self.me}
        self._changed: set[str] = set()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._waiting: deque[tuple[float, str, str]] = deque()
        self._characters = 0
        self._wake = asyncio.Event()
        self._changes = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """Frames that wait for Redis."""
        return len(self._waiting)

    def beat(self) -> None:
        """Send a frame to ourselves by the way all others go, if the last one has come back or is long lost."""
        self._start()
        now = time.perf_counter()
        if self._heard_at >= self._beat_at or now - self._beat_at > BEAT_LOST:
            self._beat_at = now
            self.publish((self.me,), str(now))

    def hears_itself(self) -> bool:
        """Whether a beat has come back of late: then Redis takes, passes on and delivers."""
        return time.perf_counter() - self._heard_at < BEAT_LOST

    @property
    def away(self) -> bool:
        """Whether Redis could not be reached, or did not answer, when that was last tried."""
        return bool(self._missing)

    def want(self, topic: str) -> asyncio.Event:
        """Hear `topic`; returns what is set when Redis has confirmed."""
        self._start()
        self._wanted.add(topic)
        self._change(topic)
        return self._confirmed.setdefault(topic, asyncio.Event())

    async def subscribe(self, topic: str) -> None:
        """Hear `topic`. Returns when Redis has confirmed, after PATIENCE seconds, or at once while Redis is away."""
        confirmed = self.want(topic)
        if not self.away:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(confirmed.wait(), PATIENCE)

    def unsubscribe(self, topic: str) -> None:
        """Hear it no longer."""
        self._wanted.discard(topic)
        self._confirmed.pop(topic, None)
        self._change(topic)

    def publish(self, topics: tuple[str, ...], text: str, mark: tuple[UUID, int, int] | None = None) -> None:
        """Send a frame to the other processes, soon. Never waits; drops it when too much waits already."""
        self._start()
        now = time.monotonic()
        if self._full():
            self._forget_stale(now)
        if self._full():
            self.dropped += 1
            return
        end = f"{mark[0].hex}:{mark[1]}:{mark[2]}" if mark else "-"
        frame = f"{self.me} {','.join(topics)} {end} {text}"
        # A copy on each topic: other processes follow different ones.
        self._waiting.extend((now, topic, frame) for topic in topics)
        self._characters += len(frame) * len(topics)
        self._wake.set()

    async def close(self) -> None:
        """Send what waits, then stop."""
        for _ in range(50):
            if self.away or not self._waiting:
                break
            await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        if self._tasks:  # a connection to a Redis that says nothing may take its time to let go
            await asyncio.wait(self._tasks, timeout=ANSWER_WITHIN)
        self._tasks.clear()

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._keep("listening", self._listen), name="hub listens"),
                asyncio.create_task(self._keep("publishing", self._send), name="hub publishes"),
            ]

    def _change(self, topic: str) -> None:
        self._changed.add(topic)
        self._changes.set()

    def _full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING or self._characters >= MOST_CHARACTERS

    def _forget_stale(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] < now - STALE:
            self._characters -= len(self._waiting.popleft()[2])
            self.dropped += 1

    async def _keep(self, what: str, work: Callable[[Any], Any]) -> None:
        """Run `work` for ever, with a new connection after each failure."""
        pause = 0.1
        while True:
            began = time.monotonic()
            client = client_of(self._url, ANSWER_WITHIN)
            try:
                await work(client)
            except (RedisError, OSError, asyncio.IncompleteReadError) as error:
                if what not in self._missing:
                    logger.warning("Redis is away (%s, %s); trying again", type(error).__name__, what)
                self._missing.add(what)
            finally:
                with contextlib.suppress(Exception):
                    await client.aclose()
            _end_if_cancelled()
            if time.monotonic() - began > LASTED:
                pause = 0.1
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _is_there(self, what: str) -> None:
        if what in self._missing:
            logger.warning("Redis is back (%s)", what)
            self._missing.discard(what)

    async def _listen(self, client: Any) -> None:
        pubsub = client.pubsub()
        try:
            # redis-py cannot read before the first subscription.
            await pubsub.subscribe(PREFIX + "all")
            reader = asyncio.create_task(self._read(pubsub))
            try:
                await self._follow_changes(pubsub, reader)
            finally:
                reader.cancel()
        finally:
            with contextlib.suppress(Exception):
                await pubsub.aclose()

    async def _follow_changes(self, pubsub: Any, reader: asyncio.Task[None]) -> None:
        """Subscribe to what is wanted and leave what is not, until the reader ends; raises what ended it."""
        have: set[str] = set()
        self._changed |= self._wanted
        while True:
            self._changes.clear()
            changed, self._changed = self._changed, set()
            new = (changed & self._wanted) - have
            gone = (changed & have) - self._wanted
            # Left and wanted again between two turns: Redis was never told, and will not confirm it.
            for topic in changed & self._wanted & have:
                self._confirm(topic)
            if new:
                await pubsub.subscribe(*(PREFIX + topic for topic in new))
            if gone:
                await pubsub.unsubscribe(*(PREFIX + topic for topic in gone))
            have = (have | new) - gone
            _end_if_cancelled()
            changes = asyncio.create_task(self._changes.wait())
            try:
                await asyncio.wait({reader, changes}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changes.cancel()
            if reader.done():
                reader.result()
                return

    def _confirm(self, topic: str) -> None:
        if (confirmed := self._confirmed.get(topic)) is not None:
            confirmed.set()

    async def _read(self, pubsub: Any) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=False, timeout=ASK_AFTER)
            if message is None:
                if asked:
                    raise TimeoutError
                asked = True
                await pubsub.ping()
                continue
            asked = False
            if message["type"] == "subscribe":
                self._is_there("listening")
                self._confirm(message["channel"].decode()[len(PREFIX) :])
            elif message["type"] == "message":
                self._take(message["channel"].decode()[len(PREFIX) :], message["data"].decode())

    def _take(self, topic: str, data: str) -> None:
        sender, topics, end, text = data.split(" ", 3)
        if sender == self.me:
            if topic == self.me:
                self._heard_at = time.perf_counter()
                figures.HUB_DELAY.observe(self._heard_at - float(text))
            return
        # A frame comes once for each of its topics that we hear: take it on the first of them.
        names = tuple(topics.split(","))
        if next((name for name in names if name in self._wanted), None) == topic:
            self.heard += 1
            self._heard(names, text, _mark(end))

    async def _send(self, client: Any) -> None:
        if self._waiting:
            self._wake.set()
        while True:
            _end_if_cancelled()
            await self._wake.wait()
            self._wake.clear()
            self._forget_stale(time.monotonic())
            while self._waiting:
                await self._send_some(client)
                self._is_there("publishing")

    async def _send_some(self, client: Any) -> None:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), 500))]
        self._characters -= sum(len(frame) for _, _, frame in batch)
        pipe = client.pipeline(transaction=False)
        for _, topic, frame in batch:
            pipe.publish(PREFIX + topic, frame)
        try:
            await pipe.execute()
        except ConnectionError:
            # Most often a connection that had been cut while it was idle. Should Redis have taken some of it, they
            # come twice: events have numbers, and everything else says what is, not what happened.
            self._waiting.extendleft(reversed(batch))
            self._characters += sum(len(frame) for _, _, frame in batch)
            raise
        self.published += len(batch)


def _end_if_cancelled() -> None:
    """Go on being cancelled: redis-py swallows that while it makes a connection, and a timeout replaces it."""
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError


def _mark(end: str) -> tuple[UUID, int, int] | None:
    conversation, *numbers = end.split(":")
    return (UUID(conversation), int(numbers[0]), int(numbers[1])) if numbers else None
