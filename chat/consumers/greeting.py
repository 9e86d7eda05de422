"""How a customer's connection begins: who may come in, in which order, and what they are told first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from chat.consumers import runtime
from chat.consumers.base import Frame, Socket
from chat.consumers.codes import NOT_ALLOWED, TOKEN_NEEDED, TOO_FAST
from chat.database import in_database
from chat.errors import Forbidden, RateLimited, Unauthenticated, Unavailable
from chat.hub import hub
from chat.origins import is_own, well_formed
from chat.selectors import access
from chat.selectors.catching_up import first_cursors, missed_by_customer
from chat.selectors.heads import conversations_and_helpers
from chat.wire import ref_of, time_text
from customers.selectors import Browser
from customers.visits import TokenRefused, Visit, visit_of


class Greeting(Socket):
    """Knows, once it is ready, in which visit it was opened, and what that visit's browser may see."""

    def __init__(self) -> None:
        super().__init__()
        self.visit: Visit | None = None
        self.browser: Browser | None = None
        self._customer_of_known: dict[UUID, UUID] = {}  # of conversations that this browser may see
        self._heeded: set[datetime] = set()  # changes of access that this socket has followed

    async def _let_in(self) -> bool:
        origin = self.header(b"origin")
        if origin is None or is_own(origin, self.own_origin()):
            return True
        try:
            return well_formed(origin) and await runtime.current().origins.allow(origin)
        except Unavailable:
            return True  # the hello looks closer, and says why not

    async def hello(self, frame: Frame) -> None:
        """`hello {token, cursors}`: answered by `welcome`, then what each cursor has missed.

        Raises Crowded when more have come at once than can be let in soon, Unavailable when the database is away.
        """
        ref, line = ref_of(frame), runtime.current().line
        try:
            visit = visit_of(frame.get("token"))
        except TokenRefused:
            self.refuse(ref, Unauthenticated())
            self.end(TOKEN_NEEDED)
            return
        if not await line.enter(self.incoming.left):
            return
        try:
            cursors = await self._welcome(ref, visit, frame)
        finally:
            line.leave()
        await self._catch_up(first_cursors(cursors))

    async def _welcome(self, ref: object, visit: Visit, frame: Frame) -> dict[Any, Any]:
        """Let it in, or not; the cursors past which it is to be told what it has missed."""
        entrance = await in_database(access.enter, visit, self.header(b"origin"), self.own_origin())
        if not entrance.allowed:
            self.refuse(ref, Forbidden())
            self.end(NOT_ALLOWED)
            return {}
        if entrance.browser is None and visit.device is not None:
            self.refuse(ref, Unauthenticated())  # the device was revoked since
            self.end(TOKEN_NEEDED)
            return {}
        self.visit = visit
        if entrance.browser is not None and not await self._become(entrance.browser):
            self.refuse(ref, RateLimited("Too many windows are open at once.", retry_after=30))
            self.end(TOO_FAST)
            return {}
        anew = await runtime.current().epochs.greet(self, frame)
        customers = self.browser.customers if self.browser else frozenset()
        conversations, helpers = (
            await in_database(conversations_and_helpers, customers) if customers else ([], [])
        )
        welcome = {
            "type": "welcome",
            "session": str(self.id),
            "heartbeat": settings.RAPPORT["HEARTBEAT"],
            "server_time": time_text(datetime.now(UTC)),
            "epoch": self.epoch,
            "conversations": conversations,
        }
        self.answer(ref, welcome)
        self._begin()
        runtime.current().board.place_again(row["id"] for row in conversations if row["status"] == "waiting")
        for conversation, _, technician in helpers:
            online = runtime.current().presences.is_online(technician)
            self.tell({"type": "presence", "conversation": str(conversation), "technician_online": online})
        cursors = frame.get("cursors")
        if anew or not customers or not isinstance(cursors, dict):
            return {}
        if len(customers) == 1:
            self._customer_of_known |= dict.fromkeys((UUID(row["id"]) for row in conversations), *customers)
        ends = {row["id"]: row["last_seq"] for row in conversations}
        return {key: seq for key, seq in cursors.items() if key not in ends or ends[key] != seq}

    async def _become(self, browser: Browser) -> bool:
        """Speak as, and hear, the customers of this browser. False when too many sockets do already."""
        self.browser, most = browser, settings.RAPPORT["SOCKETS_PER_CUSTOMER"]
        self._heeded = set(browser.granted)
        if not await hub.current().admit(self, browser.customer, browser.customers, most):
            self.browser = None
        return self.browser is not None

    async def _catch_up(self, cursors: list[tuple[Any, Any]]) -> None:
        """What each cursor has missed, at the pace of the peer.

        Access may change meanwhile: what was read under the old one is not sent then. The client sees by the heads that
        something is missing, and asks.
        """
        for key, seq in cursors:
            reader = self.browser
            if reader is None:
                return
            for text in await in_database(missed_by_customer, reader.customers, key, seq):
                await self.outgoing.room()
                if self.browser is not reader:
                    break
                self.send_text(text)
