"""One websocket that lives through restarts: it reconnects, says hello with its cursors and asks again."""

import asyncio
import contextlib
import random
import ssl
import time
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Origin, Subprotocol

from chat.replay.errors import Refused, ReplayError, Unauthenticated, Unreachable

Frame = dict[str, Any]

PROTOCOL = Subprotocol("rapport.v1")
FRAME_LIMIT = 32 * 2**20  # bytes: a page of 200 events with the longest texts, escaped
BACKOFF_FIRST, BACKOFF_LONGEST = 0.5, 30.0  # seconds, full jitter in between
ANSWER_LIMIT = 20.0  # seconds without an answer on an open socket: it has gone deaf, take another
RETRY_PAUSE = 0.5  # seconds, when an error with `retry` does not say how long
USER_AGENT = "Rapport-replay/1"

GET_NEW_TOKEN, NOT_ALLOWED = 4401, 4403


class Greeter(Protocol):
    """Who we are: returns the headers of the handshake and the fields of `hello`, afresh when `renew`."""

    def __call__(self, *, renew: bool) -> Awaitable[tuple[dict[str, str], Frame]]: ...


@dataclass(slots=True, eq=False)
class _Question:
    data: bytes
    answer: asyncio.Future[Frame] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Link:
    """A socket of one participant.

    `hear` is called with every frame, in order, before an answer is handed to whoever asked. `patience` is
    how many seconds without any connection are borne before everything that waits fails with Unreachable.
    `trust` is what a wss address is checked with.
    """

    def __init__(
        self,
        address: str,
        *,
        origin: str,
        greet: Greeter,
        hear: Callable[[Frame], None],
        patience: float,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        #: When connections that had been welcomed have ended (clock of time.monotonic).
        self.lost_at: array[float] = array("d")
        #: With which codes connections that had been welcomed have ended.
        self.closes: list[int] = []
        self.welcome: Frame = {}
        self._epoch = ""
        self._address, self._origin, self._patience = address, origin, patience
        self._greet, self._hear, self._trust = greet, hear, trust
        self._socket: ClientConnection | None = None
        self._questions: dict[str, _Question] = {}
        self._asked = 0
        self._pause = 0.0
        self._welcomed = False
        self._first: asyncio.Future[None] | None = None
        self._life: asyncio.Task[None] | None = None
        self._dead: ReplayError | None = None

    @property
    def reconnects(self) -> int:
        """How often a connection that had been welcomed has ended."""
        return len(self.lost_at)

    async def open(self) -> None:
        """Connect and wait for the first `welcome`."""
        self._first = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live())
        await self._first

    async def close(self) -> None:
        """Leave for good; questions without an answer are dropped."""
        if self._life:
            self._life.cancel()
            await asyncio.wait((self._life,))

    async def ask(self, kind: str, /, **fields: Any) -> Frame:
        """Send a frame and return its answer, however often the connection breaks in between.

        The frame is repeated as it is (same `ref`, same `client_id`) after a reconnection, and after the
        pause the server names when it answers with a passing error. Raises Refused for an error that is
        meant to last, Unreachable when the server stays away.
        """
        self._asked += 1
        ref = f"r{self._asked}"
        question = _Question(orjson.dumps({"type": kind, "ref": ref, **fields}))
        self._questions[ref] = question
        began = time.monotonic()
        try:
            while True:
                await self._send(question)
                answer = await self._answer(question)
                if answer["type"] != "error":
                    return answer
                if not answer.get("retry"):
                    raise Refused(kind, str(answer.get("code")), str(answer.get("message")), answer)
                if time.monotonic() - began > self._patience:
                    raise Unreachable(f"{kind} was put off for {self._patience:.0f} s: {answer.get('code')}")
                await asyncio.sleep(float(answer.get("retry_after") or RETRY_PAUSE) * _jitter(1.0, 1.2))
                question.answer = asyncio.get_running_loop().create_future()
        finally:
            self._questions.pop(ref, None)

    async def _answer(self, question: _Question) -> Frame:
        while True:
            done, _pending = await asyncio.wait((question.answer,), timeout=ANSWER_LIMIT)
            if done:
                return question.answer.result()
            if self._socket:
                await self._socket.close()

    async def _send(self, question: _Question) -> None:
        if self._dead:
            raise self._dead
        if self._socket:  # else the next welcome sends it
            with contextlib.suppress(ConnectionClosed):  # then it is sent again with the next welcome
                await self._socket.send(question.data, text=True)

    async def _live(self) -> None:
        try:
            await self._keep_connected()
        except ReplayError as error:
            self._die(error)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # A frame of a shape that nobody may send: whoever waits must hear of it, not wait for ever.
            self._die(ReplayError(f"the connection to {self._address} broke down: {error!r}"))

    async def _keep_connected(self) -> None:
        attempt, turned_away, last_up = 0, 0, time.monotonic()
        while True:
            code, why = await self._connect_once(renew=turned_away > 0)
            self._socket = None
            if self._welcomed:
                attempt, turned_away, last_up = 0, 0, time.monotonic()
                self.lost_at.append(last_up)
                self.closes.append(code)
            if code == GET_NEW_TOKEN and turned_away:
                raise Unauthenticated("the connection", "unauthenticated", "the server does not know us")
            if code == NOT_ALLOWED:
                raise Refused("the connection", "forbidden", why)
            turned_away += code == GET_NEW_TOKEN
            if time.monotonic() - last_up > self._patience:
                raise Unreachable(f"no connection to {self._address} for {self._patience:.0f} s: {why}")
            longest = min(BACKOFF_LONGEST, BACKOFF_FIRST * 2**attempt)
            await asyncio.sleep(max(self._pause, 0) + _jitter(0.0, longest))
            attempt += 1

    async def _connect_once(self, *, renew: bool) -> tuple[int, str]:
        """One connection from handshake to end; returns its close code and reason (1006 without one)."""
        self._welcomed, self._pause = False, 0.0
        headers, hello = await self._greet(renew=renew)
        try:
            async with connect(
                self._address,
                origin=Origin(self._origin),
                subprotocols=[PROTOCOL],
                additional_headers=headers,
                user_agent_header=USER_AGENT,
                compression=None,
                max_size=FRAME_LIMIT,
                open_timeout=15,
                close_timeout=2,
                proxy=None,
                ssl=self._trust,
            ) as socket:
                await socket.send(orjson.dumps({"type": "hello", "epoch": self._epoch, **hello}), text=True)
                while True:
                    await self._receive(socket, orjson.loads(await socket.recv(decode=False)))
        except ConnectionClosed as error:
            return (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "the connection broke")
        except InvalidStatus as error:
            status = error.response.status_code
            code = GET_NEW_TOKEN if status in (401, 403) else 1006
            return code, f"the handshake was answered with {status}"
        except (OSError, TimeoutError, InvalidHandshake, EOFError) as error:
            return 1006, str(error) or type(error).__name__

    async def _receive(self, socket: ClientConnection, frame: Frame) -> None:
        kind = frame.get("type")
        if kind == "goodbye":
            self._pause = float(frame.get("retry_after") or 0)
        self._hear(frame)
        if question := self._questions.get(frame.get("ref") or ""):
            if not question.answer.done():
                question.answer.set_result(frame)
        elif kind == "welcome":
            self.welcome, self._welcomed = frame, True
            self._epoch = frame.get("epoch") or ""
            # From here on new questions send themselves; the list holds those asked before.
            self._socket, before = socket, list(self._questions.values())
            for waiting in before:
                if not waiting.answer.done():
                    await socket.send(waiting.data, text=True)
            if self._first and not self._first.done():
                self._first.set_result(None)

    def _die(self, error: ReplayError) -> None:
        self._dead = error
        waiting = [question.answer for question in self._questions.values()]
        for future in (self._first, *waiting):
            if future and not future.done():
                future.set_exception(error)


def _jitter(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311  (spreads clients in time, hides nothing)
