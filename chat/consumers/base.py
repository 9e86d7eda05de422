"""What both sockets share: frames, errors, limits, close codes, and an outbox that never blocks anybody else."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from uuid import UUID, uuid4

from channels.consumer import AsyncConsumer
from django.conf import settings

from chat.consumers import runtime
from chat.consumers.heads import Heads
from chat.errors import (
    BadFrame,
    Conflict,
    Problem,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnknownType,
)
from chat.hub import hub
from chat.limits import Bucket
from chat.origins import own_origin
from chat.wire import decode, encode

logger = logging.getLogger(__name__)

Frame = dict[str, Any]
Handler = Callable[[Any, Frame], Awaitable[None]]

SUBPROTOCOL = "rapport.v1"

PROTOCOL_BROKEN = 4400
TOKEN_NEEDED = 4401
NOT_ALLOWED = 4403
NO_HELLO = 4408
TOO_SLOW = 4409
FRAME_TOO_LARGE = 4413
TOO_FAST = 4429

#: Unreadable frames in a row before we stop listening: no program of good will sends so many.
MOST_BAD_FRAMES = 100
#: Only a flood, this many times the permitted rate, ends the connection.
FLOOD = 10


class FrameTooLarge(TooLarge):
    """A frame over the limit: not read at all."""

    sentence = "A frame has at most 64 KiB."


class Socket(AsyncConsumer, ABC):
    """One connection. Subclasses give `handlers`, `_let_in` and `heads`.

    Does without the thread hop that the stock consumer makes for every frame: database work happens in
    threads that keep their own connections tidy.
    """

    handlers: ClassVar[dict[str, Handler]] = {}

    def __init__(self) -> None:
        limits = settings.RAPPORT
        self.id: UUID = uuid4()
        self.ready = False
        self.beat_at = 0.0  # when the next heartbeat is due, on the loop's clock
        self._closing = False
        self._unsent: deque[str] = deque()
        self._unsent_size = 0
        self._early: list[str] = []
        self._sending: asyncio.Task[None] | None = None
        self._bad_frames = 0
        self._hello_timer: asyncio.TimerHandle | None = None
        self._rate = Bucket(limits["SOCKET_RATE"], limits["SOCKET_BURST"])
        self._flood = Bucket(limits["SOCKET_RATE"] * FLOOD, limits["SOCKET_BURST"] * FLOOD)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the connection until it ends."""
        self.scope, self._transport = scope, send
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self.dispatch(message)
        finally:
            self._closing = True
            if self._hello_timer is not None:
                self._hello_timer.cancel()
            runtime.current().sockets.discard(self)
            hub.current().leave(self)
            await self._left()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """One ASGI message. Replaces the stock method, which hops to a thread for each."""
        if message["type"] == "websocket.receive":
            await self._received(message.get("text"))
        elif message["type"] == "websocket.connect":
            await self._connect()

    def push(self, text: str) -> None:
        """Send what the hub brings. What comes before the welcome waits until after it."""
        if self.ready:
            self.send_text(text)
        else:
            self._early.append(text)

    def send_text(self, text: str) -> None:
        """Send an encoded frame as soon as the peer takes it; a peer that takes too little is cut off."""
        if self._closing:
            return
        self._unsent.append(text)
        self._unsent_size += len(text)
        if self._unsent_size > settings.RAPPORT["SOCKET_OUTBOX"]:
            self.end(TOO_SLOW)
        elif self._sending is None:
            self._sending = asyncio.ensure_future(self._drain())

    def tell(self, frame: Frame) -> None:
        """Encode and push a frame."""
        self.send_text(encode(frame))

    def answer(self, ref: object, frame: Frame) -> None:
        """Push the answer to a frame, with its `ref` if it had one."""
        if ref is not None:
            frame["ref"] = ref
        self.send_text(encode(frame))

    def refuse(self, ref: object, problem: Problem, client_id: object = None) -> None:
        """Push an error for a frame; with the `client_id` when the frame was a message."""
        frame: Frame = {"type": "error", **problem.answer(), "retry": problem.retry}
        if isinstance(client_id, str) and client_id.isprintable():
            frame["client_id"] = client_id
        if problem.retry_after is not None:
            frame["retry_after"] = round(problem.retry_after, 2)
        self.answer(ref, frame)

    def end(self, code: int) -> None:
        """Send what fits, then close with `code`."""
        if self._closing:
            return
        self._closing = True
        if code == TOO_SLOW:
            self._unsent.clear()
        runtime.keep(asyncio.ensure_future(self._end(code)))

    async def _connect(self) -> None:
        if not await self._let_in():
            self._closing = True
            await self._transport({"type": "websocket.close"})  # before accepting: the handshake gets 403
            return
        offered = self.scope.get("subprotocols") or []
        chosen = SUBPROTOCOL if SUBPROTOCOL in offered else None
        await self._transport({"type": "websocket.accept", "subprotocol": chosen})
        if offered and chosen is None:
            self.end(PROTOCOL_BROKEN)
            return
        within = settings.RAPPORT["HELLO_WITHIN"]
        self._hello_timer = asyncio.get_running_loop().call_later(within, self._no_hello)
        await self._accepted()

    async def _received(self, text: str | None) -> None:
        if self._closing:
            return
        if self._flood.take():
            self.refuse(None, RateLimited(retry_after=1.0))
            self.end(TOO_FAST)
            return
        ref: object = None
        client_id: object = None
        try:
            frame = self._parse(text)
            ref, client_id = ref_of(frame), frame.get("client_id")
            if wait := self._rate.take():
                raise RateLimited(retry_after=wait)
            kind = frame.get("type")
            handler = self.handlers.get(kind) if isinstance(kind, str) else None
            if handler is None:
                raise UnknownType()
            if not self.ready and kind not in {"hello", "ping"}:
                raise Unauthenticated("Say hello first.")
            if self.ready and kind == "hello":
                raise Conflict("This connection has said hello. Open another for another visit.")
            await handler(self, frame)
        except FrameTooLarge as problem:
            self.refuse(None, problem)
            self.end(FRAME_TOO_LARGE)
        except Problem as problem:
            self.refuse(ref, problem, client_id)
        except Exception:
            logger.exception("A %s frame failed", type(self).__name__)
            self.refuse(ref, Unavailable(), client_id)

    def _parse(self, text: str | None) -> Frame:
        most = settings.RAPPORT["FRAME_LIMIT"]
        # Counting bytes costs a copy: only where the characters alone do not decide it.
        if text is not None and len(text) * 4 > most and len(text.encode("utf-8", "replace")) > most:
            raise FrameTooLarge()
        try:
            if text is None:
                raise BadFrame()
            frame = decode(text)
        except BadFrame:
            self._bad_frames += 1
            if self._bad_frames > MOST_BAD_FRAMES:
                self.end(PROTOCOL_BROKEN)
            raise
        self._bad_frames = 0
        return frame

    async def _drain(self) -> None:
        try:
            while self._unsent:
                text = self._unsent.popleft()
                self._unsent_size -= len(text)
                await self._transport({"type": "websocket.send", "text": text})
        except Exception:  # noqa: BLE001  (whatever the server raises: the peer is gone, a disconnect message follows)
            self._unsent.clear()
            self._closing = True
        finally:
            self._sending = None

    async def _end(self, code: int) -> None:
        if self._sending is not None:
            await asyncio.wait({self._sending}, timeout=1.0)
        try:
            await self._transport({"type": "websocket.close", "code": code})
        except Exception:  # noqa: BLE001  (as above)
            logger.debug("A socket was gone before it could be closed")

    def _no_hello(self) -> None:
        if not self.ready:
            self.end(NO_HELLO)

    def _begin(self) -> None:
        """The hello was good: from now on every frame is heard, and heartbeats come."""
        self.ready = True
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None
        runtime.current().add(self)
        early, self._early = self._early, []
        for text in early:
            self.send_text(text)

    def header(self, name: bytes) -> str | None:
        """A header of the handshake, or None."""
        for key, value in self.scope.get("headers", ()):
            if key == name:
                return str(value.decode("latin-1"))
        return None

    def own_origin(self) -> str:
        """Our own origin as this connection sees it."""
        secure = self.scope.get("scheme") == "wss"
        return own_origin("https" if secure else "http", self.header(b"host") or "")

    def answer_if_asked(self, frame: Frame) -> None:
        """`ok` for a frame that carried a `ref`; silence for one that did not ask."""
        ref = ref_of(frame)
        if ref is not None:
            self.answer(ref, {"type": "ok"})

    async def pong(self, frame: Frame) -> None:
        """`ping`: answered by `pong`."""
        self.answer(ref_of(frame), {"type": "pong"})

    @abstractmethod
    async def _let_in(self) -> bool:
        """Whether the handshake may go on; False is answered with 403."""

    async def _accepted(self) -> None:
        """Runs after the handshake."""

    async def _left(self) -> None:
        """Runs when the connection has ended."""

    @classmethod
    @abstractmethod
    async def check_access(cls, sockets: list[Any]) -> None:
        """End, or lower, those of `sockets` (all of this class) whose right to be here has ended."""

    @abstractmethod
    def heads(self, heads: Heads) -> dict[str, int]:
        """The ends of this socket's open conversations, in its audience's numbering."""


def ref_of(frame: Frame) -> object:
    """The frame's `ref` where it is a short text or a number; anything else is not echoed."""
    ref = frame.get("ref")
    if isinstance(ref, str):
        return ref if len(ref) <= 100 and ref.isprintable() else None
    return ref if isinstance(ref, int) and abs(ref) < 2**53 else None
