"""The way between a browser and a server, with what stands on it: proxies that refuse or swallow sockets, or nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Literal
from urllib.parse import urlsplit

from tests.support.background import Background

Way = Literal["open", "403", "502", "swallow", "flap", "away"]

_REFUSALS = {
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "502": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}


class Gate:
    """A TCP proxy to `server`; `url` is where it listens. `sockets` counts the handshakes it has seen.

    `way` says what becomes of WebSockets: `open`, answered with `403` or `502`, `swallow` (never answered), `flap` (cut
    after a second each); HTTP passes. `away`: nothing passes, and what was open is cut.
    """

    def __init__(self, server: str, background: Background, *, way: Way = "open") -> None:
        self._target = urlsplit(server)
        self._run = background
        self._open: set[asyncio.StreamWriter] = set()
        self._sockets: set[asyncio.StreamWriter] = set()
        self._listener: asyncio.Server | None = None
        self.way: Way = way
        self.sockets = 0
        with socket.create_server(("127.0.0.1", 0)) as found:
            self._port = int(found.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"
        self._run(self._listen())

    def set(self, way: Way) -> None:
        """From now on; sockets that came another way are cut."""
        self.way = way
        self._run(self._turn())

    def close(self) -> None:
        """Nothing passes any more, and nothing is left running."""
        self.set("away")
        self._run(self._gone())

    async def _gone(self) -> None:
        while self._open:
            await asyncio.sleep(0.01)

    async def _turn(self) -> None:
        for writer in tuple(self._open if self.way == "away" else self._sockets):
            writer.transport.abort()
        if self.way == "away" and self._listener is not None:
            self._listener.close()
            self._listener = None
        elif self.way != "away" and self._listener is None:
            await self._listen()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._pass, "127.0.0.1", self._port, limit=1 << 20)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET /ws/"):
                    await self._socket(head, reader, writer)
                else:
                    await self._join(head, reader, writer)
        finally:
            self._open.discard(writer)
            self._sockets.discard(writer)
            writer.close()

    async def _socket(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sockets += 1
        self._sockets.add(writer)
        if self.way in _REFUSALS:
            writer.write(_REFUSALS[self.way])
            await writer.drain()
        elif self.way == "swallow":
            await reader.read()
        elif self.way == "flap":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._join(head, reader, writer), 1.0)
        else:
            await self._join(head, reader, writer)

    async def _join(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._target.hostname is not None
        back, forth = await asyncio.open_connection(self._target.hostname, self._target.port)
        forth.write(head)
        there = asyncio.create_task(_copy(reader, forth))
        here = asyncio.create_task(_copy(back, writer))
        try:
            await asyncio.wait({there, here}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            here.cancel()
            forth.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
