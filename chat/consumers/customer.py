"""The customer's socket: frames in, services called, answers out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings

from chat.consumers import runtime
from chat.consumers.base import NOT_ALLOWED, TOKEN_NEEDED, TOO_FAST, Frame, Handler, Socket, ref_of
from chat.consumers.heads import Heads
from chat.database import in_database
from chat.errors import Forbidden, NotFound, Problem, RateLimited, Unauthenticated
from chat.hub import hub, topics
from chat.log import writer
from chat.log.entries import Done, Entry, Result
from chat.origins import is_own, well_formed
from chat.payloads.events import message_answer
from chat.selectors import access
from chat.selectors.catching_up import Missed, missed_by_customer
from chat.selectors.heads import conversations_of, helpers_of
from chat.selectors.lists import list_for_customer
from chat.selectors.log import USUAL_PAGE, page_after, place_for_customer
from chat.services.checks import conversation_in, whole_in
from chat.services.conversations import message_entry, read_entry, start_entry
from chat.services.notices import tell_contexts, typing_frame
from chat.services.people import customer_author, say_about
from chat.services.starting import started_answer
from chat.wire import time_text
from customers.selectors import Browser
from customers.visits import TokenRefused, Visit, visit_of


class CustomerSocket(Socket):
    """`/ws/customer/`: authenticates by its first frame, never by a cookie."""

    #: When access was last looked at without failing; every socket that was there then has heeded what it found.
    _last_look: ClassVar[datetime] = datetime.min.replace(tzinfo=UTC)

    def __init__(self) -> None:
        super().__init__()
        self.visit: Visit | None = None
        self.browser: Browser | None = None
        self._customer_of_known: dict[UUID, UUID] = {}
        self._began = datetime.now(UTC)
        self._heeded: set[datetime] = set()  # changes of access that this socket has followed

    async def _let_in(self) -> bool:
        origin = self.header(b"origin")
        if origin is None or is_own(origin, self.own_origin()):
            return True
        return well_formed(origin) and await in_database(access.some_inbox_allows, origin)

    async def hello(self, frame: Frame) -> None:
        """`hello {token, cursors}`: answered by `welcome`, then what each cursor has missed."""
        ref = ref_of(frame)
        try:
            visit = visit_of(frame.get("token"))
        except TokenRefused:
            self.refuse(ref, Unauthenticated())
            self.end(TOKEN_NEEDED)
            return
        entrance = await in_database(access.enter, visit, self.header(b"origin"), self.own_origin())
        if not entrance.allowed:
            self.refuse(ref, Forbidden())
            self.end(NOT_ALLOWED)
            return
        if entrance.browser is None and visit.device is not None:
            self.refuse(ref, Unauthenticated())  # the device was revoked since
            self.end(TOKEN_NEEDED)
            return
        self.visit = visit
        if entrance.browser is not None and not await self._become(entrance.browser):
            self.refuse(ref, RateLimited("Too many windows are open at once.", retry_after=30))
            self.end(TOO_FAST)
            return
        customers = self.browser.customers if self.browser else frozenset()
        conversations = await in_database(list_for_customer, customers) if customers else []
        welcome = {
            "type": "welcome",
            "session": str(self.id),
            "heartbeat": settings.RAPPORT["HEARTBEAT"],
            "server_time": time_text(datetime.now(UTC)),
            "conversations": conversations,
        }
        self.answer(ref, welcome)
        self._begin()
        runtime.current().board.place_again(row["id"] for row in conversations if row["status"] == "waiting")
        if customers:
            await self._tell_who_is_there(customers)
        cursors = frame.get("cursors")
        if isinstance(cursors, dict) and cursors and customers:
            self._catch_up(await in_database(missed_by_customer, customers, cursors))

    async def start(self, frame: Frame) -> None:
        """`conversation.start`: answered by `conversation.started`."""
        assert self.visit is not None
        agent = self.header(b"user-agent") or ""
        entry = await in_database(start_entry, visit=self.visit, given=frame, user_agent=agent)
        self._submit(entry, frame, self._started)

    async def about(self, frame: Frame) -> None:
        """`about`: claims of the one who writes; `ok`, whatever is known of anybody."""
        assert self.visit is not None
        told = await writer.write(say_about, visit=self.visit, given=frame)
        if self.browser is not None:
            # What follows comes under the new name.
            self.browser = await in_database(access.browser_now, self.visit)
        self.answer(ref_of(frame), {"type": "ok"})
        await tell_contexts(told)

    async def send_message(self, frame: Frame) -> None:
        """`message.send`: answered by `message.accepted` once it is durable."""
        conversation = conversation_in(frame)
        customer = await self._customer_of(conversation)
        assert self.browser is not None
        author = customer_author(self.browser, customer)
        self._submit(
            message_entry(conversation=conversation, author=author, given=frame), frame, self._stored
        )

    async def sync(self, frame: Frame) -> None:
        """`sync {conversation, after, limit?}`: a page of the log."""
        conversation, after = conversation_in(frame), whole_in(frame, "after")
        limit = whole_in(frame, "limit", default=USUAL_PAGE, least=1)
        customers = (await self._known_browser()).customers
        page = await in_database(_page, customers, conversation, after, limit)
        self.answer(ref_of(frame), {"type": "sync", "conversation": str(conversation), **page})

    async def read(self, frame: Frame) -> None:
        """`read {conversation, seq}`: the other side sees it as seen."""
        conversation, seq = conversation_in(frame), whole_in(frame, "seq", least=1)
        customer = await self._customer_of(conversation)
        assert self.browser is not None
        reader = customer_author(self.browser, customer)
        self._submit(read_entry(conversation=conversation, reader=reader, seq=seq), frame, self._done)

    async def typing(self, frame: Frame) -> None:
        """`typing {conversation, active}`: passed on, never kept."""
        conversation = conversation_in(frame)
        browser = await self._known_browser()
        place = await in_database(place_for_customer, browser.customers, conversation)
        listening = [topics.conversation(conversation)]
        if place.technician is not None:
            listening.append(topics.technician(place.technician))
        by = customer_author(browser, place.customer)
        hub.current().publish(listening, typing_frame(conversation, by, active=frame.get("active")))
        self.answer_if_asked(frame)

    handlers: ClassVar[dict[str, Handler]] = {
        "hello": hello,
        "conversation.start": start,
        "about": about,
        "message.send": send_message,
        "sync": sync,
        "read": read,
        "typing": typing,
        "ping": Socket.pong,
    }

    def heads(self, heads: Heads) -> dict[str, int]:
        """The ends of this browser's open conversations, in customers' numbering."""
        if self.browser is None:
            return {}
        found = (heads.of_customer.get(customer, {}) for customer in self.browser.customers)
        return {str(conversation): seq for one in found for conversation, seq in one.items()}

    @classmethod
    async def check_access(cls, sockets: list[CustomerSocket]) -> None:
        """Widen or lower what sockets see whose browsers were given something or lost it, or end them.

        Neither a pause between two looks nor the clock of the machine where it was decided may hide a change.
        """
        began = datetime.now(UTC)
        oldest = min((socket._began for socket in sockets), default=began)
        changes = await in_database(access.lately_changed, max(cls._last_look, oldest))
        for socket in sockets:
            if socket.visit is None:
                continue
            if socket.browser is not None:
                moments = changes.devices.get(socket.browser.device, set())
            else:
                moments = changes.visits.get(socket.visit.id, set())
            if not moments <= socket._heeded:
                await socket._look_again()
                socket._heeded = moments
        cls._last_look = began

    async def _look_again(self) -> None:
        assert self.visit is not None
        browser = await in_database(access.browser_now, self.visit)
        before = self.browser.customers if self.browser is not None else frozenset()
        after = browser.customers if browser is not None else frozenset()
        if before == after:
            self.browser = browser or self.browser
            return
        for customer in before - after:
            hub.current().unfollow(topics.customer(customer), self)
        for conversation in await in_database(conversations_of, before - after):
            self._customer_of_known.pop(conversation, None)
            self.tell({"type": "reset", "conversation": str(conversation), "reason": "access_ended"})
        self.browser = browser
        if browser is None:
            self.end(TOKEN_NEEDED)
            return
        for customer in after - before:
            await hub.current().follow(topics.customer(customer), self)
        conversations = await in_database(list_for_customer, after)
        self.tell({"type": "conversations", "conversations": conversations})

    async def _become(self, browser: Browser) -> bool:
        """Speak as, and hear, the customers of this browser. False when too many sockets do already."""
        here = hub.current()
        if here.listeners(topics.customer(browser.customer)) >= settings.RAPPORT["SOCKETS_PER_CUSTOMER"]:
            return False
        self.browser = browser
        for customer in browser.customers:
            await here.follow(topics.customer(customer), self)
        return True

    async def _known_browser(self) -> Browser:
        """This browser as a customer's. Raises NotFound while it is a visitor's: nothing exists for them."""
        if self.browser is None and self.visit is not None:
            browser = await in_database(access.browser_now, self.visit)  # another tab may have acted
            if browser is not None:
                await self._become(browser)
        if self.browser is None:
            raise NotFound()
        return self.browser

    async def _customer_of(self, conversation: UUID) -> UUID:
        browser = await self._known_browser()
        known = self._customer_of_known.get(conversation)
        if known is None:
            place = await in_database(place_for_customer, browser.customers, conversation)
            known = self._customer_of_known[conversation] = place.customer
        return known

    def _submit(self, entry: Entry, frame: Frame, good: Any) -> None:
        writer.current().submit(entry, partial(self._answered, ref_of(frame), frame.get("client_id"), good))

    def _answered(self, ref: object, client_id: object, good: Any, result: Result) -> None:
        if isinstance(result, Problem):
            self.refuse(ref, result, client_id)
        else:
            good(ref, result)

    def _stored(self, ref: object, done: Done) -> None:
        assert done.event is not None
        answer = message_answer(done.event, duplicate=done.duplicate, for_customer=True)
        self.answer(ref, {"type": "message.accepted", **answer})

    def _done(self, ref: object, done: Done) -> None:
        if ref is not None:
            self.answer(ref, {"type": "ok"})

    def _started(self, ref: object, done: Done) -> None:
        runtime.keep(asyncio.ensure_future(self._tell_started(ref, done)))

    async def _tell_started(self, ref: object, done: Done) -> None:
        try:
            await self._known_browser()
            self._customer_of_known[done.head.id] = done.head.customer
            self.answer(ref, {"type": "conversation.started", **await in_database(started_answer, done)})
        except Problem as problem:
            self.refuse(ref, problem)

    async def _tell_who_is_there(self, customers: frozenset[UUID]) -> None:
        for conversation, _, technician in await in_database(helpers_of, customers):
            online = runtime.current().presences.is_online(technician)
            self.tell({"type": "presence", "conversation": str(conversation), "technician_online": online})

    def _catch_up(self, missed: list[Missed]) -> None:
        for one in missed:
            for text in one.frames:
                self.send_text(text)


def _page(customers: frozenset[UUID], conversation: UUID, after: int, limit: int) -> dict[str, Any]:
    return page_after(place_for_customer(customers, conversation), after, limit, for_customer=True)
