"""What a peer says, in order; and whether it is still there, while something that it said is being answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

GONE = "websocket.disconnect"
#: Messages that are kept for later; a peer that says more is not listened to before their turn has come.
MOST_AHEAD = 16


class Incoming:
    """The ASGI messages of one connection."""

    __slots__ = ("_ahead", "_receive")

    def __init__(self, receive: Callable[[], Awaitable[Any]]) -> None:
        self._receive = receive
        self._ahead: deque[Any] = deque()

    async def next(self) -> Any:
        """The next message; waits for it."""
        return self._ahead.popleft() if self._ahead else await self._receive()

    async def left(self) -> None:
        """Return once the peer has gone. What it says meanwhile will be the next messages. May be cancelled."""
        while len(self._ahead) < MOST_AHEAD:
            self._ahead.append(await self._receive())
            if self._ahead[-1]["type"] == GONE:
                return
        await asyncio.Event().wait()
