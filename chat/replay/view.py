"""One side's own copy of a conversation: ordered by number, holes filled from the server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from chat.replay.errors import ReplayError, Stuck

Frame = dict[str, Any]
Sync = Callable[[str, int], Awaitable[Frame]]

HOLE_PATIENCE = (
    0.3  # seconds: events of parallel commits overtake one another, most holes close by themselves
)
NUDGE_EVERY = 10.0  # seconds of silence after which we ask instead of waiting for the next heartbeat
NUDGES = 12  # so often, then what we wait for is not coming


class View:
    """What one side holds of one conversation.

    `said` lists `(client_id, text)` of every message in the order of the numbers; `last` is the highest
    number up to which nothing is missing. `sync(conversation, after)` asks the server for more.
    """

    def __init__(self, conversation: str, sync: Sync) -> None:
        self.conversation = conversation
        self.last = 0
        self.said: list[tuple[str, str]] = []
        self._sync = sync
        self._held: dict[int, tuple[str, str]] = {}
        self._has: set[str] = set()
        self._waiters: dict[str, list[asyncio.Future[None]]] = {}
        self._arrivals: dict[str, Callable[[], None]] = {}
        self._filler: asyncio.Task[None] | None = None

    def take(self, event: Frame) -> None:
        """Apply an `event` (live or from a sync); known numbers are ignored, early ones held back."""
        message = event.get("message") if event["kind"] == "message" else None
        if message:
            self._place(event["seq"], message.get("client_id") or message["id"], message["text"])
        else:
            self._place(event["seq"], event["kind"], "")

    def accept(self, seq: int, client_id: str, text: str) -> None:
        """Apply a message of our own that the server has accepted under `seq`."""
        self._place(seq, client_id, text)

    def behind(self, head: int) -> None:
        """The server says the conversation has reached `head`; fetch what we do not hold."""
        if head > self.last:
            self._start_filler(0)

    def reset(self) -> None:
        """Throw away everything held and ask again from the beginning."""
        self.last, self.said = 0, []
        self._held.clear()
        self._has.clear()
        self._start_filler(0)

    def on_arrival(self, client_id: str, call: Callable[[], None]) -> None:
        """Call once when the message with this `client_id` has its place in the view."""
        self._arrivals[client_id] = call

    async def seen(self, key: str) -> None:
        """Wait until this side has a message (by `client_id`) or an event (by kind, such as `resolved`).

        Raises Stuck when it does not come although we asked for it repeatedly.
        """
        for _ in range(NUDGES):
            if key in self._has:
                return
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.setdefault(key, []).append(waiter)
            done, _pending = await asyncio.wait((waiter,), timeout=NUDGE_EVERY)
            if done:
                waiter.result()
                return
            await self.fill()
        raise Stuck(f"{key} never reached the other side of conversation {self.conversation}")

    async def fill(self) -> None:
        """Ask for everything after `last`, page by page."""
        more = True
        while more:
            before = self.last
            answer = await self._sync(self.conversation, before)
            for event in answer["events"]:
                self.take(event)
            more = bool(answer["more"])
            if more and self.last == before:
                raise Stuck(
                    f"sync of {self.conversation} after {before} says there is more but gives nothing new"
                )

    def close(self) -> None:
        """Stop asking for anything."""
        if self._filler:
            self._filler.cancel()

    def _place(self, seq: int, key: str, text: str) -> None:
        if seq <= self.last:
            return
        if seq > self.last + 1:
            self._held[seq] = (key, text)
            self._start_filler(HOLE_PATIENCE)
            return
        self._apply(key, text, is_message=bool(text))
        while self._held and (early := self._held.pop(self.last + 1, None)):
            self._apply(*early, is_message=bool(early[1]))

    def _apply(self, key: str, text: str, *, is_message: bool) -> None:
        self.last += 1
        self._has.add(key)
        if is_message:
            self.said.append((key, text))
        if arrived := self._arrivals.pop(key, None):
            arrived()
        for waiter in self._waiters.pop(key, ()):
            if not waiter.done():
                waiter.set_result(None)

    def _start_filler(self, patience: float) -> None:
        if self._filler is None or self._filler.done():
            self._filler = asyncio.create_task(self._fill_after(patience))

    async def _fill_after(self, patience: float) -> None:
        target = max(self._held, default=0)
        await asyncio.sleep(patience)
        if patience and target <= self.last:
            return
        try:
            await self.fill()
        except (ReplayError, LookupError, TypeError) as error:
            # Whoever waits for this view must hear why it cannot be completed.
            for waiters in self._waiters.values():
                for waiter in waiters:
                    if not waiter.done():
                        waiter.set_exception(error)
            self._waiters.clear()
