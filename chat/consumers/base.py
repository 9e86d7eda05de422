"""What both sockets share: frames, errors, limits, close codes, and an outbox that never blocks anybody else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, ClassVar
from uuid import UUID, uuid4

from channels.consumer import AsyncConsumer
from django.conf import settings

from chat.consumers import runtime
from chat.consumers.codes import FRAME_TOO_LARGE, NO_HELLO, PROTOCOL_BROKEN, RESTARTING, TOO_FAST, TOO_SLOW
from chat.consumers.handshake import Handshake
from chat.consumers.heads import Heads
from chat.consumers.incoming import GONE, Incoming
from chat.consumers.outgoing import WRITE, Outgoing
from chat.consumers.underway import UnderWay
from chat.consumers.watch import Watch
from chat.errors import (
    BadFrame,
    Conflict,
    FrameTooLarge,
    Problem,
    RateLimited,
    Unauthenticated,
    Unavailable,
    UnknownType,
)
from chat.hub import hub
from chat.limits import Bucket
from chat.log import writer
from chat.log.entries import Entry, Result
from chat.metrics import figures
from chat.wire import decode, encode, ref_of

logger = logging.getLogger(__name__)

Frame = dict[str, Any]
Handler = Callable[[Any, Frame], Awaitable[None]]

SUBPROTOCOL = "rapport.v1"

#: Unreadable frames in a row before we stop listening: no program of good will sends so many.
MOST_BAD_FRAMES = 100
#: Only a flood, this many times the permitted rate, ends the connection.
FLOOD = 10


class Socket(Handshake, AsyncConsumer, ABC):
    """One connection. Subclasses give `handlers`, `_let_in` and `heads`.

    Does without the thread hop that the stock consumer makes for every frame: database work happens in
    threads that keep their own connections tidy.
    """

    handlers: ClassVar[dict[str, Handler]] = {}

    def __init__(self) -> None:
        limits = settings.RAPPORT
        self.id: UUID = uuid4()
        self.ready, self.epoch = False, ""  # the epoch of the database, as this socket was greeted
        self.beat = 0  # the turn of its next heartbeat, see Beats
        self._closing = self._leaving = False
        self._under_way = UnderWay()
        self._early: list[str] = []
        self._watch = Watch(type(self).__name__.removesuffix("Socket").lower())
        self._bad_frames = 0
        self._hello_timer: asyncio.TimerHandle | None = None
        self._rate = Bucket(limits["SOCKET_RATE"], limits["SOCKET_BURST"])
        self._flood = Bucket(limits["SOCKET_RATE"] * FLOOD, limits["SOCKET_BURST"] * FLOOD)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the connection until it ends."""
        self.scope, self._transport = scope, send
        most, write = settings.RAPPORT["SOCKET_OUTBOX"], scope.get("extensions", {}).get(WRITE)
        self.incoming = Incoming(receive)
        self.outgoing = Outgoing(send, write=write, most=most, overflow=partial(self.end, TOO_SLOW))
        try:
            while True:
                message = await self.incoming.next()
                if message["type"] == GONE:
                    self._watch.left(message.get("code"))
                    return
                await self.dispatch(message)
        finally:
            self._closing = True
            self._watch.closed()
            if self._hello_timer is not None:
                self._hello_timer.cancel()
            runtime.current().remove(self)
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
        if not self._closing:
            self._watch.told += 1
            self.outgoing.push(text)

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
        figures.ERRORS.labels("socket", problem.code).inc()
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
        self._watch.ended(code)
        runtime.keep(asyncio.ensure_future(self._end(code)))

    async def leave(self, code: int, *, within: float) -> None:
        """Take no more frames, answer those that were taken, then close with `code`; at the latest `within` seconds."""
        self._leaving = True
        await self._under_way.answered(within)
        self.end(code)

    def submit(self, entry: Entry, answer: Callable[[Result], None]) -> None:
        """Have `entry` written; `answer` gets what became of it. `leave` waits for that."""
        self._under_way.begin()

        def answered(result: Result) -> None:
            answer(result)
            self._under_way.over()

        writer.current().submit(entry, answered)

    def soon(self, work: Awaitable[None]) -> None:
        """Do the rest of an answer beside what comes in; `leave` waits for that."""
        self._under_way.begin()

        async def rest() -> None:
            try:
                await work
            finally:
                self._under_way.over()

        runtime.keep(asyncio.ensure_future(rest()))

    async def _connect(self) -> None:
        if not await self._let_in():
            self._closing = True
            self._watch.refused()
            await self._transport({"type": "websocket.close"})  # before accepting: the handshake gets 403
            return
        offered = self.scope.get("subprotocols") or []
        chosen = SUBPROTOCOL if SUBPROTOCOL in offered else None
        await self._transport({"type": "websocket.accept", "subprotocol": chosen})
        self._watch.opened()
        if offered and chosen is None:
            self.end(PROTOCOL_BROKEN)
            return
        self._expect_hello()
        await self._accepted()

    async def _received(self, text: str | None) -> None:
        if self._closing or self._leaving:
            return  # what is not answered is sent again, to whoever is there then
        self._watch.heard += 1
        if self._flood.take():
            self.refuse(None, RateLimited(retry_after=1.0))
            self.end(TOO_FAST)
            return
        ref: object = None
        client_id: object = None
        self._under_way.begin()
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
            if isinstance(problem, Unavailable) and not self.ready:
                self.end(RESTARTING)  # nothing can be done here without a welcome: come back
        except Exception:
            logger.exception("A %s frame failed", type(self).__name__)
            self.refuse(ref, Unavailable(), client_id)
        finally:
            self._under_way.over()

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

    async def _end(self, code: int) -> None:
        await self.outgoing.sent(within=1.0)
        with contextlib.suppress(Exception):  # it may be gone already
            await self._transport({"type": "websocket.close", "code": code})

    def _expect_hello(self) -> None:
        within = settings.RAPPORT["HELLO_WITHIN"]
        self._hello_timer = asyncio.get_running_loop().call_later(within, self._no_hello)

    def _no_hello(self) -> None:
        if not self._under_way.nothing:
            self._expect_hello()  # it was said, and it is we who are slow
        elif not self.ready:
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
    async def check_access(cls, sockets: Collection[Any]) -> None:
        """End, or lower, those of `sockets` (all of this class; may change) whose right to be here has ended."""

    @abstractmethod
    def heads(self, heads: Heads) -> dict[str, int]:
        """The ends of this socket's open conversations, in its audience's numbering."""
