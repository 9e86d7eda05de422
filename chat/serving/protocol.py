"""Daphne's websocket with back-pressure both ways: a peer that floods waits, a peer that does not read is let go."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor

from chat import draining
from chat.consumers.codes import FRAME_TOO_LARGE, RESTARTING, TOO_SLOW
from chat.serving.frames import PING, TEXT, first_frame, frame_of
from chat.serving.kernel import watch

twisted: Any = reactor  # what it can do depends on the machine, and so its type says nothing

#: Frames that may wait for the application before nothing more is read, and how few let reading go on.
MOST_FRAMES, FEW_FRAMES = 64, 16
#: Seconds without any progress, while 64 KiB and more wait for the peer, until it is told 4409.
STUCK = 8.0
LOOK = 1.0  # seconds between two looks whether such a peer takes anything
#: Seconds of silence after which a peer is asked for a sign of life along with what it is sent anyway (two bytes, where
#: a packet of its own costs as much as a heartbeat), after which it is asked in any case, and is taken for gone. With
#: every second heartbeat, that is: one whose machine or network is gone is found out by the kernel long before.
ASK_ALONG, PING_AFTER, GONE_AFTER = 38.0, 65.0, 90.0
#: Seconds that the application has to let a handshake in.
LET_IN_WITHIN = 10.0
#: Bytes that are gathered within one turn of the event loop.
GATHERED = 64 * 1024


class Inbox(asyncio.Queue[Any]):
    """What waits for the application. When it has grown short, the peer is read from again."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__()
        self._protocol = protocol

    async def get(self) -> Any:
        """The next message; waits for it."""
        message = await super().get()
        self._protocol.taken(self.qsize())
        return message


class Protocol(WebSocketProtocol):  # type: ignore[misc]
    """One websocket. Twisted calls `pauseProducing` when 64 KiB wait to be sent and `resumeProducing` when none do."""

    application_queue: Inbox
    data: bytes  # read, and not taken apart yet
    _deaf = False  # we do not read
    _heard = 0.0
    _pinged = False
    _gathered: list[bytes] | None = None
    _size = 0
    _writable: asyncio.Event | None = None  # there while the peer's buffer is full, set when it no longer is
    _unsent = 0
    _stuck_since = 0.0
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def onConnect(self, request: Any) -> Any:  # noqa: N802  (Daphne's and Twisted's names, here and below)
        """A handshake. While the server drains it is refused, so that the client looks elsewhere."""
        if draining.begun():
            raise ConnectionDeny(503, "Restarting")  # type: ignore[no-untyped-call]
        self.transport.unregisterProducer()  # that of HTTP, which would stop reading instead
        self.transport.registerProducer(self, True)
        watch(self.transport)
        self._heard = time.monotonic()
        return super().onConnect(request)

    def check(self, now: float) -> None:
        """Called every few seconds: end what does not come about, and ask who is silent for a sign of life."""
        silent = now - self._heard
        if self.state == self.STATE_CONNECTING:
            if silent > LET_IN_WITHIN:
                self.serverReject()
        elif self.state == self.STATE_OPEN and not self._deaf:
            if silent > GONE_AFTER:
                self.dropConnection(abort=True)
            elif silent > PING_AFTER and not self._pinged:
                self._ask()

    def write(self, text: str) -> bool:
        """Send a text, together with whatever else is sent to this peer in this turn of the event loop.

        False, and it is not sent, while the peer takes less than it is sent: `room` says when it does again.
        """
        if self._writable is not None:
            return False
        if self.state == self.STATE_OPEN:
            self._gather(frame_of(text))
            if not self._pinged and time.monotonic() - self._heard > ASK_ALONG:
                self._ask()
        return True

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Something was read. The library would first put that into words, whether its debug log is read or not."""
        self._dataReceived(data)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """A frame of an unusual kind."""
        if isBinary:
            super().onMessage(payload, isBinary)
        else:
            self._hear(payload.decode())

    def _hear(self, text: str) -> None:
        """A text. After too many the peer is not read from until the application has caught up."""
        if self.muted:
            return
        self.application_queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self._deaf and self.application_queue.qsize() >= MOST_FRAMES:
            self._deaf = True
            self.transport.pauseProducing()

    def processData(self) -> bool:  # noqa: N802
        """Take one frame of what was read; whether to go on. Reading may pause: many small ones come in one piece."""
        if self._deaf:
            return False
        self._heard, self._pinged = time.monotonic(), False
        usual = None
        if self.current_frame is None and not self.inside_message and self.state == self.STATE_OPEN:
            usual = first_frame(self.data)
        if usual is None:
            return bool(super().processData())
        kind, payload, length = usual
        if kind == TEXT:
            try:
                text = payload.decode()
            except UnicodeDecodeError:
                return bool(super().processData())  # which knows what to answer
            self._hear(text)
        self.data = self.data[length:]
        return bool(self.data)

    def taken(self, left: int) -> None:
        """The application has taken a message; so many are left."""
        if self._deaf and left <= FEW_FRAMES:
            self._deaf = False
            self.transport.resumeProducing()
            self.consumeData()

    def pauseProducing(self) -> None:  # noqa: N802
        """The peer takes less than we send: whoever sends has to wait."""
        self._writable, self._unsent, self._stuck_since = asyncio.Event(), _waiting(self), time.monotonic()
        twisted.callLater(LOOK, self._look)

    def resumeProducing(self) -> None:  # noqa: N802
        """The peer has taken everything."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    stopProducing = resumeProducing  # noqa: N815  (nobody is to wait for a peer that is gone)

    async def room(self) -> None:
        """Wait until the peer can be sent something; at once when it can."""
        if self._writable is not None:
            await self._writable.wait()

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:  # noqa: N802
        """Send, whether there is room or not."""
        if isinstance(content, str) and self.state == self.STATE_OPEN:
            self._gather(frame_of(content))
        else:
            super().serverSend(content, binary)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """All that the library sends; it comes after what was sent before."""
        self._flush()
        super().sendData(data, sync, chopsize)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Close with `code`."""
        if code == RESTARTING:
            self.sendCloseFrame(code=code, isReply=False)  # the library keeps this one to itself
        else:
            super().serverClose(code)

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:  # noqa: N802, N803
        """An Origin that cannot even be taken apart is refused like every foreign one, without repeating it."""
        if "origin" in reason.lower():
            reason, code = "Forbidden", 403
        super().failHandshake(reason, code, responseHeaders)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
        """The connection is gone; the application hears of it, unless it was told already or never was there."""
        self.resumeProducing()
        if hasattr(self, "server") and self in self.server.connections:
            super().onClose(wasClean, code, reason)

    def _max_message_size_exceeded(self, *_: object) -> None:
        self._fail_connection(FRAME_TOO_LARGE, "frame too large")

    def _closeConnection(self, abort: bool = False) -> None:  # noqa: N802
        self.transport.unregisterProducer()  # or the transport would wait for it before it closes
        super()._closeConnection(abort)

    def _ask(self) -> None:
        self._pinged = True
        self._gather(PING)

    def _gather(self, frame: bytes) -> None:
        if self._gathered is None:
            self._gathered = []
            if not _gathering:
                asyncio.get_running_loop().call_soon(_flush_all)
            _gathering.append(self)
        self._gathered.append(frame)
        self._size += len(frame)
        if self._size > GATHERED:
            self._flush()

    def _flush(self) -> None:
        """Hand what was gathered to the kernel at once; Twisted by itself would wait for the next turn of the loop."""
        if self._gathered is None:
            return
        data, self._gathered, self._size = b"".join(self._gathered), None, 0
        transport = self.transport
        if transport.connected and not transport.dataBuffer and not transport._tempDataBuffer:
            sent = transport.writeSomeData(data)
            if isinstance(sent, int):  # else it is broken, which Twisted finds out by itself
                data = data[sent:]
        if data:
            transport.write(data)

    def _look(self) -> None:
        """Has a peer that was too slow taken anything since? A slow one may go on; a stuck one is let go."""
        if self._writable is None:
            return
        now, unsent = time.monotonic(), _waiting(self)
        if unsent < self._unsent:
            self._unsent, self._stuck_since = unsent, now
        if now - self._stuck_since < STUCK:
            twisted.callLater(LOOK, self._look)
            return
        self.application_queue.put_nowait({"type": "websocket.disconnect", "code": TOO_SLOW})
        self.muted = True
        self.server.protocol_disconnected(self)
        self.resumeProducing()
        # Should it read on after all it finds this at the end. Else the kernel or the close timeout ends it.
        self.sendCloseFrame(code=TOO_SLOW, isReply=False)


#: For whom something was gathered in this turn of the event loop.
_gathering: deque[Protocol] = deque()


def _flush_all() -> None:
    """One call for all: what many are told at once costs each of them little more than the system call."""
    try:
        while _gathering:
            _gathering.popleft()._flush()
    finally:
        if _gathering:  # whatever went wrong with one is no matter of the others
            asyncio.get_running_loop().call_soon(_flush_all)


def _waiting(protocol: Protocol) -> int:
    """Bytes that Twisted holds for the peer, beyond what the kernel has taken."""
    transport = protocol.transport
    held: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    return held
