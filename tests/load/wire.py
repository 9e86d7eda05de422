"""A websocket client of a few lines, so that measuring costs little beside what is measured.

It speaks the part of RFC 6455 that a load needs: no extensions, its own frames never fragmented. Against
a general client library it takes about half of the processor time for each frame.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

Frame = dict[str, Any]

FINAL_TEXT, FINAL, CLOSE, PING, PONG = 0x81, 0x80, 0x8, 0x9, 0xA
# Masks keep hostile scripts from writing chosen bytes through a proxy; there is neither here, and a mask of
# zeros leaves the payload as it is.
NO_MASK = b"\0\0\0\0"


class Wire(asyncio.Protocol):
    """One socket. `on_text` is called with the bytes of every text frame; `closed` is its close code."""

    def __init__(self, request: bytes) -> None:
        self.on_text: Callable[[bytes], None] = self._answer
        self.closed: int | None = None
        self.heard: list[Frame] = []
        self.wait = 0.0  # seconds that the server last asked to be left alone for
        self.gone = asyncio.Event()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._rest = b""
        self._parts: list[bytes] = []
        self._out: list[bytes] = []
        self._asked = 0
        self._refs: dict[str, asyncio.Future[Frame]] = {}
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, url: str, headers: Mapping[str, str] | None = None) -> Wire:
        """Connect to a `ws://` address. Raises ConnectionError when the handshake is refused."""
        parts = urlsplit(url)
        lines = {
            "Host": parts.netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "rapport.v1",
            "Origin": f"http://{parts.netloc}",
            **(headers or {}),
        }
        head = (
            f"GET {parts.path} HTTP/1.1\r\n"
            + "".join(f"{name}: {lines[name]}\r\n" for name in lines)
            + "\r\n"
        )
        loop = asyncio.get_running_loop()
        _transport, wire = await loop.create_connection(
            lambda: cls(head.encode()), parts.hostname or "", parts.port or 80
        )
        await wire.ready
        return wire

    def send(self, frame: Frame) -> None:
        """Send a frame; all frames of one turn of the loop leave in one write."""
        payload = orjson.dumps(frame)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", FINAL_TEXT, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", FINAL_TEXT, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", FINAL_TEXT, 0x80 | 127, size)
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out += (head, NO_MASK, payload)

    async def ask(self, kind: str, /, **fields: Any) -> Frame:
        """Send a frame and return its answer. Raises AssertionError for an error, TimeoutError after 30 s."""
        self._asked += 1
        ref = f"a{self._asked}"
        self._refs[ref] = self._loop.create_future()
        self.send({"type": kind, "ref": ref, **fields})
        answer = await asyncio.wait_for(self._refs[ref], 30)
        del self._refs[ref]
        assert answer["type"] != "error", answer
        return answer

    async def hello(self, **fields: Any) -> Frame:
        """Say hello and return the `welcome`."""
        self._refs["welcome"] = self._loop.create_future()
        self.send({"type": "hello", **fields})
        return await asyncio.wait_for(self._refs["welcome"], 30)

    def answer(self, frame: Frame) -> bool:
        """Hand a frame to whoever asked for it; False when nobody did."""
        key = "welcome" if frame.get("type") == "welcome" else frame.get("ref")
        future = self._refs.get(key or "")
        if future is None or future.done():
            return False
        future.set_result(frame)
        return True

    def close(self) -> None:
        """Drop the connection."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone; whoever waits for an answer hears of it."""
        self.closed = self.closed or 1006
        self.gone.set()
        waiting: list[asyncio.Future[Any]] = [self.ready, *self._refs.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(ConnectionError(f"closed with {self.closed}"))
                future.exception()  # somebody may have given up waiting already

    def data_received(self, data: bytes) -> None:
        """Take apart what has come: the handshake's answer, then frames."""
        if self._rest:
            data = self._rest + data
        if not self.ready.done():
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                self.ready.set_exception(ConnectionError(data[:60].decode("latin-1")))
                self.close()
                return
            self.ready.set_result(None)
            data = data[end + 4 :]
        position, size = 0, len(data)
        while size - position >= 2:
            first, length, start = data[position], data[position + 1], position + 2
            if length >= 126:
                start += 2 if length == 126 else 8
                if start > size:
                    break
                length = int.from_bytes(data[position + 2 : start], "big")
            if start + length > size:
                break
            position = start + length
            if first == FINAL_TEXT:
                self.on_text(data[start:position])
            else:
                self._other(first, data[start:position])
        self._rest = data[position:]

    def _other(self, first: int, payload: bytes) -> None:
        kind = first & 0xF
        if kind == PING and self._transport:
            head = struct.pack("!BB", FINAL | PONG, 0x80 | len(payload))
            self._transport.write(head + NO_MASK + payload)
        elif kind == CLOSE:
            self.closed = int.from_bytes(payload[:2], "big") or 1005
            self.close()
        elif kind < CLOSE:
            self._parts.append(payload)
            if first & FINAL:
                text, self._parts = b"".join(self._parts), []
                self.on_text(text)

    def _flush(self) -> None:
        if self._transport:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _answer(self, data: bytes) -> None:
        frame = orjson.loads(data)
        if isinstance(wait := frame.get("retry_after"), int | float):
            self.wait = wait
        if not self.answer(frame):
            self.heard.append(frame)
