"""A network that misbehaves: a TCP proxy on 127.0.0.1 whose connections can be cut, frozen, slowed and silenced."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

PIECE = 16 * 1024  # bytes handed on at a time
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class Proxy:
    """Hands on what comes to `port` to a server on `target`, both ways, as long as it is told to."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.connections = 0
        #: Bytes a second and direction for each connection; None: as they come.
        self.rate: float | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The address to use instead of the server's."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Proxy:
        """Begin to accept."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """Accept nobody and drop everybody."""
        if self._server:
            self._server.close()
        self.resume()
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> int:
        """Reset every connection, on both sides; how many that were."""
        cut = list(self._open)
        for writer in cut:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            writer.transport.abort()
        return len(cut) // 2

    def freeze(self) -> None:
        """Hand nothing on, in any direction; connections stay, also new ones."""
        self._flows.clear()

    def resume(self) -> None:
        """Hand on again, also what was held."""
        self._flows.set()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, other_writer}
        try:
            await asyncio.gather(self._hand_on(reader, other_writer), self._hand_on(other_reader, writer))
        finally:
            for one in (writer, other_writer):
                self._open.discard(one)
                one.transport.abort()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
                if self.rate:
                    await asyncio.sleep(len(piece) / self.rate)
            writer.write_eof()
