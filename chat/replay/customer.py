"""The customer's side: one browser that keeps its device token from visit to visit."""

from array import array
from typing import Any

from chat.replay.door import Door
from chat.replay.errors import Unauthenticated
from chat.replay.link import Link
from chat.replay.view import View

Frame = dict[str, Any]


class Customer:
    """A customer and the browser they use; `listed` are the conversations the last session answer named."""

    def __init__(self, name: str, door: Door, *, inbox: str, patience: float) -> None:
        self.name, self.door = name, door
        self.device_token: str | None = None
        self.listed: list[Frame] = []
        self.view: View | None = None
        self.lost_at: array[float] = array("d")  # as of a Link, of all visits that are over
        self._inbox, self._patience = inbox, patience
        self._token = ""
        self._link: Link | None = None

    @property
    def reconnects(self) -> int:
        """How often a connection was lost in the visits that are over."""
        return len(self.lost_at)

    async def come(self) -> None:
        """Open a session, as the widget does when a page is shown."""
        answer = await self.door.session(inbox=self._inbox, device_token=self.device_token)
        self._token = answer["access_token"]
        self.device_token = answer.get("device_token") or self.device_token
        self.listed = answer["conversations"]

    async def connect(self) -> None:
        """Connect the socket and say hello; `come` has to be before it."""
        self._link = Link(
            f"{self.door.socket_url}/ws/customer/",
            origin=self.door.url,
            greet=self._greet,
            hear=self._hear,
            patience=self._patience,
            trust=self.door.trust,
        )
        await self._link.open()

    async def start(self, client_id: str, text: str) -> str:
        """Start a conversation with its first message; returns its id."""
        answer = await self._asking().ask(
            "conversation.start", client_id=client_id, text=text, about={"name": self.name[:80]}
        )
        self.device_token = answer.get("device_token") or self.device_token
        conversation = str(answer["conversation"]["id"])
        self.view = View(conversation, self._sync)
        self.view.accept(answer["message"]["seq"], client_id, text)
        return conversation

    async def say(self, client_id: str, text: str) -> None:
        """Send a message; returns when the server has accepted it."""
        view = self._viewing()
        answer = await self._asking().ask(
            "message.send", conversation=view.conversation, client_id=client_id, text=text
        )
        view.accept(answer["seq"], client_id, text)

    @property
    def link(self) -> Link:
        """The socket that is open. Raises ReplayError before `connect`."""
        return self._asking()

    async def read_all(self) -> None:
        """Mark everything this side holds as read."""
        view = self._viewing()
        await self._asking().ask("read", conversation=view.conversation, seq=view.last)

    async def history(self, conversation: str) -> list[Frame]:
        """The whole conversation over HTTP; a token that has run out is replaced."""
        try:
            return await self.door.history(self._token, conversation)
        except Unauthenticated:
            await self.come()
            return await self.door.history(self._token, conversation)

    async def leave(self) -> None:
        """Close the page: the socket goes, the device token stays."""
        if self.view:
            self.view.close()
        if self._link:
            await self._link.close()
            self.lost_at += self._link.lost_at
        self.view = self._link = None

    async def _greet(self, *, renew: bool) -> tuple[dict[str, str], Frame]:
        if renew:
            await self.come()
        cursors = {self.view.conversation: self.view.last} if self.view else {}
        return {}, {"token": self._token, "cursors": cursors}

    def _hear(self, frame: Frame) -> None:
        view = self.view
        if view is None:
            return
        kind = frame.get("type")
        if kind == "heartbeat":
            view.behind(frame["heads"].get(view.conversation, 0))
        elif frame.get("conversation") == view.conversation:
            if kind == "event":
                view.take(frame)
            elif kind == "reset":
                view.reset()

    async def _sync(self, conversation: str, after: int) -> Frame:
        return await self._asking().ask("sync", conversation=conversation, after=after)

    def _asking(self) -> Link:
        assert self._link, "connect first"
        return self._link

    def _viewing(self) -> View:
        assert self.view, "start a conversation first"
        return self.view
