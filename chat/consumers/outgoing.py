"""What waits for one peer: sent in order as fast as it is taken, and never more than a bound."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

#: The extension of ASGI by which our own server takes a text at once, or says that it cannot: `write(text) -> bool`.
WRITE = "rapport.write"


class Outgoing:
    """The frames that a connection has yet to send.

    `push` never waits, so that nobody who publishes is held up by a slow reader; whoever has much to say to one peer
    asks for `room` in between. Beyond `most` waiting bytes `overflow` is called, once: nobody reads so slowly who
    will ever catch up. A single frame may be larger, when nothing else waits.
    """

    __slots__ = ("_dead", "_low", "_most", "_overflow", "_send", "_task", "_waiting", "_write", "size")

    def __init__(
        self,
        send: Callable[[dict[str, Any]], Awaitable[None]],
        *,
        most: int,
        overflow: Callable[[], None],
        write: Callable[[str], bool] | None = None,
    ) -> None:
        self._send, self._most, self._overflow, self._write = send, most, overflow, write
        self._waiting: deque[str] | None = None  # most sockets have nothing to say most of the time
        self._task: asyncio.Task[None] | None = None
        self._low: asyncio.Event | None = None
        self._dead = False
        #: Bytes that wait; those of a text that is not plain ASCII are not counted but guessed, rather too high.
        self.size = 0

    def push(self, text: str) -> None:
        """Send `text` as soon as the peer takes it; nothing once the peer is known to be gone."""
        if self._dead or (self._task is None and self._write is not None and self._write(text)):
            return
        if self._waiting is None:
            self._waiting = deque()
        if self._waiting and self.size + _bytes(text) > self._most:
            self.clear()
            self._overflow()
            return
        self._waiting.append(text)
        self.size += _bytes(text)
        if self._task is None:
            self._task = asyncio.ensure_future(self._drain())
            _busy.add(self)

    async def room(self) -> None:
        """Wait until no more than a quarter of what may wait does."""
        while self.size > self._most // 4:
            self._low = self._low or asyncio.Event()
            self._low.clear()
            await self._low.wait()

    async def sent(self, within: float) -> None:
        """Wait until everything has gone, or `within` seconds have."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=within)

    def clear(self) -> None:
        """Throw away what waits."""
        if self._waiting:
            self._waiting.clear()
        self._sent(self.size)

    async def _drain(self) -> None:
        try:
            while self._waiting:
                text = self._waiting.popleft()
                self._sent(_bytes(text))
                await self._send({"type": "websocket.send", "text": text})
        except Exception:  # noqa: BLE001  (whatever the server raises: the peer is gone, a disconnect message follows)
            self._dead = True
            self.clear()
        finally:
            self._task = self._waiting = None
            _busy.discard(self)

    def _sent(self, size: int) -> None:
        self.size -= size
        if self._low is not None and self.size <= self._most // 4:
            self._low.set()


_busy: set[Outgoing] = set()


def unsent() -> list[int]:
    """The bytes that wait for each peer for whom something does: looked at every second, and most have nothing."""
    return [one.size for one in _busy]


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else 3 * len(text)
