"""The technician's side: accounts that log in once, and the console sockets they work at."""

import asyncio
import time
from typing import Any

from chat.replay.door import PAGE, Door
from chat.replay.errors import Refused, Stuck
from chat.replay.link import Link
from chat.replay.view import View

Frame = dict[str, Any]

ROW_LIMIT = 60.0  # seconds for a waiting conversation to show in the queue


class Account:
    """A technician's account. One log-in serves all its sockets, on every server of the installation."""

    def __init__(self, username: str, password: str, door: Door) -> None:
        self.username = username
        self._password, self._door = password, door
        self._cookie = ""
        self._lock = asyncio.Lock()
        self._was: str | None = None

    async def cookie(self, *, instead_of: str | None = None) -> str:
        """The session cookie; log in when there is none, or when the one given has stopped working."""
        async with self._lock:
            if not self._cookie or self._cookie == instead_of:
                self._cookie = await self._door.log_in(self.username, self._password)
            return self._cookie

    async def go_online(self, desk: "Desk") -> None:
        """Say that this technician is there, and remember what they had chosen before."""
        was = desk.link.welcome.get("me", {}).get("availability")
        if self._was is None and was != "online":
            self._was = was or "offline"
            await desk.link.ask("availability", state="online")

    async def go_back(self, desk: "Desk") -> None:
        """Put the availability back to what it was."""
        if self._was:
            await desk.link.ask("availability", state=self._was)
            self._was = None


class Desk:
    """One console socket. `busy` counts the conversations held here, so that they can be spread evenly."""

    def __init__(self, account: Account, door: Door, *, patience: float) -> None:
        self.account, self.door = account, door
        self.busy = 0
        self.views: dict[str, View] = {}
        self._rows: dict[str, float] = {}
        self._row_waiters: dict[str, asyncio.Future[float]] = {}
        self._cookie = ""
        self.link = Link(
            f"{door.socket_url}/ws/console/",
            origin=door.url,
            greet=self._greet,
            hear=self._hear,
            patience=patience,
            trust=door.trust,
        )

    async def row(self, conversation: str) -> float:
        """Wait for a conversation to show in the queue; returns when it did (clock of time.perf_counter)."""
        if (at := self._rows.pop(conversation, None)) is not None:
            return at
        waiter: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._row_waiters[conversation] = waiter
        done, _pending = await asyncio.wait((waiter,), timeout=ROW_LIMIT)
        self._row_waiters.pop(conversation, None)
        if not done:
            raise Stuck(f"conversation {conversation} did not show in the queue within {ROW_LIMIT:.0f} s")
        return waiter.result()

    async def claim(self, conversation: str) -> View:
        """Take a waiting conversation and fetch what was said; claiming what is ours already is no error."""
        view = self.views[conversation] = View(conversation, self._sync)
        try:
            await self.link.ask("conversation.claim", conversation=conversation)
        except Refused as refused:
            # After a broken connection our first claim may have gone through: then it is we who hold it.
            if refused.code != "conflict" or self._me() not in str(refused.answer.get("current")):
                raise
        await view.fill()
        return view

    async def say(self, view: View, client_id: str, text: str) -> None:
        """Send a message; returns when the server has accepted it."""
        answer = await self.link.ask(
            "message.send", conversation=view.conversation, client_id=client_id, text=text
        )
        view.accept(answer["seq"], client_id, text)

    async def read_all(self, view: View) -> None:
        """Mark everything this side holds as read."""
        await self.link.ask("read", conversation=view.conversation, seq=view.last)

    async def resolve(self, view: View, outcome: dict[str, str]) -> None:
        """Close the conversation with what came of it; returns when the log says so."""
        try:
            await self.link.ask("conversation.resolve", conversation=view.conversation, outcome=outcome)
        except Refused as refused:
            # Said twice because the first answer was lost: the log decides, below.
            if refused.code != "conflict":
                raise
        await view.seen("resolved")

    async def history(self, conversation: str) -> list[Frame]:
        """Every event of a conversation as technicians see it, page by page."""
        events: list[Frame] = []
        more = True
        while more:
            after = events[-1]["seq"] if events else 0
            answer = await self._sync(conversation, after)
            events += answer["events"]
            more = bool(answer["more"])
            if more and not answer["events"]:
                raise Stuck(f"sync of {conversation} says there is more but gives nothing")
        return events

    def forget(self, conversation: str) -> None:
        """Stop following a conversation that is done."""
        if view := self.views.pop(conversation, None):
            view.close()
        self._rows.pop(conversation, None)

    def _me(self) -> str:
        return str(self.link.welcome.get("me", {}).get("id") or self.account.username)

    async def _greet(self, *, renew: bool) -> tuple[dict[str, str], Frame]:
        self._cookie = await self.account.cookie(instead_of=self._cookie if renew else None)
        cursors = {view.conversation: view.last for view in self.views.values() if view.last}
        return {"Cookie": self._cookie}, {"cursors": cursors}

    def _hear(self, frame: Frame) -> None:
        kind = frame.get("type")
        if kind == "event":
            if view := self.views.get(frame["conversation"]):
                view.take(frame)
        elif kind == "queue":
            if frame.get("change") != "removed":
                self._show(frame["conversation"])
        elif kind == "welcome":
            for row in frame["conversations"]:
                self._show(row["id"])
        elif kind == "heartbeat":
            for conversation, head in frame["heads"].items():
                if view := self.views.get(conversation):
                    view.behind(head)
        elif kind == "reset" and (view := self.views.get(frame["conversation"])):
            view.reset()

    def _show(self, conversation: str) -> None:
        now = time.perf_counter()
        if (waiter := self._row_waiters.get(conversation)) and not waiter.done():
            waiter.set_result(now)
        elif conversation not in self.views:
            self._rows[conversation] = now

    async def _sync(self, conversation: str, after: int) -> Frame:
        return await self.link.ask("sync", conversation=conversation, after=after, limit=PAGE)
