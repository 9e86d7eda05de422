"""A websocket by hand: it reads only when it is told to, and sends whatever it likes as fast as it can."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

SMALL = 4096  # bytes of the kernel's buffer: what is not read soon fills the other side
TEXT, CLOSE, PING = 1, 8, 9


class Raw:
    """One connection. `taken` counts the bytes that have been read."""

    def __init__(self, url: str, cookie: str = "", source: socket.socket | None = None) -> None:
        address = urlsplit(url)
        self.socket = source or socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        self.socket.settimeout(20)
        self.socket.connect((address.hostname, address.port))
        self.taken = 0
        self._data = b""
        lines = [
            f"GET {address.path} HTTP/1.1",
            f"Host: {address.netloc}",
            f"Origin: http://{address.netloc}",
            *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            *("Sec-WebSocket-Protocol: rapport.v1", f"Cookie: {cookie}"),
        ]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._data:
            self._read()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        assert b" 101 " in head, head

    def send(self, **frame: Any) -> None:
        """Send a frame of text."""
        self.socket.sendall(masked(json.dumps(frame).encode()))

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """`(opcode, payload)` of everything that comes, until the connection ends."""
        while True:
            while (frame := self._first()) is None:
                try:
                    self._read()
                except OSError:
                    return
            yield frame

    def wait(self, kind: str) -> dict[str, Any]:
        """The next frame of text of this type."""
        for opcode, payload in self.frames():
            if opcode == TEXT and (frame := json.loads(payload))["type"] == kind:
                return dict(frame)
        raise AssertionError(f"closed without {kind}")

    def close_code(self) -> int | None:
        """Read to the end; the code of the close, None when there was none."""
        for opcode, payload in self.frames():
            if opcode == CLOSE:
                return int(struct.unpack("!H", payload[:2])[0])
        return None

    def close(self) -> None:
        """Drop it."""
        self.socket.close()

    def _read(self) -> None:
        piece = self.socket.recv(65_536)
        if not piece:
            raise ConnectionError("ended")
        self.taken += len(piece)
        self._data += piece

    def _first(self) -> tuple[int, bytes] | None:
        if len(self._data) < 2:
            return None
        length, at = self._data[1] & 0x7F, 2
        if length > 125:
            at += 2 if length == 126 else 8
            if len(self._data) < at:
                return None
            length = int.from_bytes(self._data[2:at])
        if len(self._data) < at + length:
            return None
        opcode, payload = self._data[0] & 0x0F, self._data[at : at + length]
        self._data = self._data[at + length :]
        return opcode, payload


def masked(payload: bytes) -> bytes:
    """A frame of text as a client sends it; the mask is nothing, which the protocol allows."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return b"\x81" + length + b"\0\0\0\0" + payload


def flood(raw: Raw, seconds: float) -> int:
    """Send small frames as fast as they are taken, and read nothing; how many were taken."""
    piece, sent, until = masked(b'{"type":"ping"}') * 200, 0, time.monotonic() + seconds
    raw.socket.settimeout(1)
    try:
        while time.monotonic() < until:
            sent += raw.socket.send(piece)
    except OSError:
        pass
    raw.socket.settimeout(20)
    return sent // len(masked(b'{"type":"ping"}'))
