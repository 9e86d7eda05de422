"""The customer's socket: frames in, services called, answers out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from chat import draining
from chat.consumers.base import Frame, Handler, Socket
from chat.consumers.codes import TOKEN_NEEDED
from chat.consumers.greeting import Greeting
from chat.consumers.heads import Heads
from chat.database import in_database
from chat.errors import NotFound, Problem
from chat.hub import hub, topics
from chat.log import writer
from chat.log.entries import Done, Entry, Result
from chat.payloads.events import message_answer
from chat.selectors import access
from chat.selectors.heads import conversations_of
from chat.selectors.lists import list_for_customer
from chat.selectors.log import USUAL_PAGE, page_after, place_for_customer
from chat.services.checks import conversation_in, whole_in
from chat.services.conversations import message_entry, read_entry, start_entry
from chat.services.notices import tell_contexts, typing_frame
from chat.services.people import customer_author, say_about
from chat.services.starting import started_answer
from chat.wire import ref_of
from customers.selectors import Browser


class CustomerSocket(Greeting):
    """`/ws/customer/`: authenticates by its first frame, never by a cookie."""

    #: When access was last looked at without failing; every socket that was there then has heeded what it found.
    _last_look: ClassVar[datetime] = datetime.min.replace(tzinfo=UTC)

    def __init__(self) -> None:
        super().__init__()
        self._began = datetime.now(UTC)

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
        "hello": Greeting.hello,
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
    async def check_access(cls, sockets: Collection[CustomerSocket]) -> None:
        """Widen or lower what sockets see whose browsers were given something or lost it, or end them.

        Neither a pause between two looks nor the clock of the machine where it was decided may hide a change.
        """
        began, looked = datetime.now(UTC), cls._last_look
        if began - looked > access.WINDOW:  # nobody was here, or the database was away
            looked = max(looked, min((socket._began for socket in sockets), default=began))
        changes = await in_database(access.lately_changed, looked)
        for socket in list(sockets) if changes else ():
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

    async def _left(self) -> None:
        if self.browser is not None and not draining.begun():
            await hub.current().count(self.browser.customer)

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
        self.submit(entry, partial(self._answered, ref_of(frame), frame.get("client_id"), good))

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
        self.soon(self._tell_started(ref, done))

    async def _tell_started(self, ref: object, done: Done) -> None:
        try:
            await self._known_browser()
            self._customer_of_known[done.head.id] = done.head.customer
            self.answer(ref, {"type": "conversation.started", **await in_database(started_answer, done)})
        except Problem as problem:
            self.refuse(ref, problem)


def _page(customers: frozenset[UUID], conversation: UUID, after: int, limit: int) -> dict[str, Any]:
    return page_after(place_for_customer(customers, conversation), after, limit, for_customer=True)
