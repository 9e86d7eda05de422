"""Which processes serve sockets, and how many of a customer. Kept in Redis, and only as good as Redis is."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from chat.hub.bus import PREFIX, Bus
from chat.hub.client import client_of

logger = logging.getLogger(__name__)

#: Seconds a socket waits for the count before it is let in without.
ANSWER_WITHIN = 0.5
#: Seconds after which nobody remembers a count that nobody renewed.
FORGOTTEN_AFTER = 86_400
#: What a process listens to as long as it serves sockets, and how many seconds after that it looks for others.
SERVING = "serving"
WITHDRAWN = 1.0


class Census:
    """A hash a customer: process → its sockets. What a process says replaces what it said, so a count heals itself.

    A process that was killed takes nothing back; it counts only while somebody listens to the topic of its name.
    """

    def __init__(self, url: str, bus: Bus) -> None:
        self._client: Any = client_of(url, ANSWER_WITHIN)
        self._bus = bus

    async def elsewhere(self, customer: UUID, here: int) -> int:
        """Say that `here` sockets are in this process; how many are in others. 0 when Redis cannot tell."""
        if self._bus.away:
            return 0
        key = f"{PREFIX}sockets:{customer.hex}"
        try:
            counts = await self._say(key, here)
            others = {name: int(count) for name, count in counts.items() if name.decode() != self._bus.me}
            if not others:
                return 0
            topics = [PREFIX + name.decode() for name in others]
            alive = {topic for topic, listeners in await self._client.pubsub_numsub(*topics) if listeners}
            dead = [name for name in others if PREFIX.encode() + name not in alive]
            if dead:
                await self._client.hdel(key, *dead)
            return sum(count for name, count in others.items() if name not in dead)
        except (RedisError, OSError) as error:
            logger.warning("Sockets in other processes are not counted (%s)", type(error).__name__)
            return 0

    def stand_by(self) -> None:
        """Say to the others that this process serves sockets."""
        self._bus.want(SERVING)

    async def withdraw(self) -> bool:
        """Say that it does so no longer; whether any other does, or nobody can say. Takes WITHDRAWN seconds.

        Several that end together have all withdrawn before they look.
        """
        self._bus.unsubscribe(SERVING)
        await asyncio.sleep(WITHDRAWN)
        try:
            [(_, others)] = await self._client.pubsub_numsub(PREFIX + SERVING)
        except (RedisError, OSError):
            return True
        return bool(others)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.aclose()

    async def _say(self, key: str, here: int) -> dict[bytes, bytes]:
        pipe = self._client.pipeline(transaction=False)
        if here:
            pipe.hset(key, self._bus.me, here)
            pipe.expire(key, FORGOTTEN_AFTER)
        else:
            pipe.hdel(key, self._bus.me)
        pipe.hgetall(key)
        counts: dict[bytes, bytes] = (await pipe.execute())[-1]
        return counts
