"""The technician's socket: the session cookie lets it in, and its page must be our own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings

from agents.selectors import name_of, states
from chat.consumers import runtime
from chat.consumers.base import Frame, Handler, Socket
from chat.consumers.codes import TOKEN_NEEDED
from chat.consumers.heads import Heads
from chat.database import in_database
from chat.errors import Conflict, Problem
from chat.hub import hub, topics
from chat.log import writer
from chat.log.entries import Author, Done, Entry, Result
from chat.origins import is_own
from chat.payloads.events import message_answer
from chat.recall.card import context_of
from chat.selectors import access
from chat.selectors.access import Standing
from chat.selectors.catching_up import first_cursors, missed_by_technician
from chat.selectors.lists import mine_and_waiting
from chat.selectors.log import USUAL_PAGE, page_after, place_for_technician
from chat.services import conversations as services
from chat.services.checks import conversation_in, whole_in
from chat.services.notices import typing_frame
from chat.services.people import set_availability, technician_author
from chat.wire import encode, ref_of, time_text


class ConsoleSocket(Socket):
    """`/ws/console/`."""

    def __init__(self) -> None:
        super().__init__()
        self.standing: Standing | None = None
        self._seen: set[UUID] = set()
        self._watched: set[UUID] = set()

    async def _let_in(self) -> bool:
        # A cookie authenticates: any other page in the same browser must not get here, nor one without an origin.
        return is_own(self.header(b"origin"), self.own_origin())

    async def _accepted(self) -> None:
        self.standing = await in_database(access.standing_of, self.header(b"cookie"))
        if self.standing is None:
            self.end(TOKEN_NEEDED)

    async def _left(self) -> None:
        await runtime.current().presences.left(self.id)

    async def hello(self, frame: Frame) -> None:
        """`hello {cursors}`: answered by `welcome`, then what each cursor has missed."""
        me = self._me
        here = hub.current()
        await here.follow(topics.CONSOLES, self)
        await here.follow(topics.technician(me.technician), self)
        await runtime.current().presences.arrived(self.id, me.technician)
        people = await in_database(states)
        anew = await runtime.current().epochs.greet(self, frame)
        welcome = {
            "type": "welcome",
            "session": str(self.id),
            "heartbeat": settings.RAPPORT["HEARTBEAT"],
            "server_time": time_text(datetime.now(UTC)),
            "epoch": self.epoch,
            "me": {
                "id": str(me.technician),
                "name": me.name,
                "username": me.username,
                "availability": people.get(me.technician, ("", "offline"))[1],
            },
            "technicians": [
                {"id": str(one), "name": name, "state": state} for one, (name, state) in people.items()
            ],
            "conversations": await in_database(mine_and_waiting, me.technician),
        }
        self.answer(ref_of(frame), welcome)
        self._begin()
        cursors = frame.get("cursors")
        if isinstance(cursors, dict) and cursors and not anew:
            for key, seq in first_cursors(cursors):
                for text in await in_database(missed_by_technician, me.technician, key, seq):
                    await self.outgoing.room()
                    self.send_text(text)

    async def send_message(self, frame: Frame) -> None:
        """`message.send {conversation, client_id, text, kind?}`: a message, or a note for technicians."""
        conversation = await self._conversation(frame)
        entry = services.message_entry(conversation=conversation, author=self._author, given=frame)
        self._submit(entry, frame, self._stored)

    async def claim(self, frame: Frame) -> None:
        """`conversation.claim`: `ok` for one, `conflict` with who has it for all others; then the return card."""
        conversation = conversation_in(frame)  # not looked for first: the log says itself if there is none
        entry = services.claim_entry(conversation=conversation, technician=self._author)
        self._submit(entry, frame, self._claimed)

    async def release(self, frame: Frame) -> None:
        """`conversation.release`: back to the queue."""
        conversation = await self._conversation(frame)
        self._submit(
            services.release_entry(conversation=conversation, technician=self._author), frame, self._done
        )

    async def resolve(self, frame: Frame) -> None:
        """`conversation.resolve {outcome}`: solved, and remembered."""
        conversation = await self._conversation(frame)
        entry = services.resolve_entry(conversation=conversation, technician=self._author, given=frame)
        self._submit(entry, frame, self._done)

    async def reopen(self, frame: Frame) -> None:
        """`conversation.reopen {reason?}`: not solved after all; mine again."""
        conversation = await self._conversation(frame)
        entry = services.reopen_entry(conversation=conversation, technician=self._author, given=frame)
        self._submit(entry, frame, self._claimed)

    async def sync(self, frame: Frame) -> None:
        """`sync {conversation, after, limit?}`: a page of any log a technician may see."""
        conversation, after = conversation_in(frame), whole_in(frame, "after")
        limit = whole_in(frame, "limit", default=USUAL_PAGE, least=1)
        page = await in_database(_page, self._me.technician, conversation, after, limit)
        self.answer(ref_of(frame), {"type": "sync", "conversation": str(conversation), **page})

    async def read(self, frame: Frame) -> None:
        """`read {conversation, seq}`: the customer sees it as seen."""
        conversation, seq = await self._conversation(frame), whole_in(frame, "seq", least=1)
        entry = services.read_entry(conversation=conversation, reader=self._author, seq=seq)
        self._submit(entry, frame, self._done)

    async def typing(self, frame: Frame) -> None:
        """`typing {conversation, active}`: passed on to the customer and to other technicians, never kept."""
        conversation = conversation_in(frame)
        place = await in_database(place_for_technician, self._me.technician, conversation)
        listening = [topics.conversation(conversation), topics.customer(place.customer)]
        if place.technician is not None and place.technician != self._me.technician:
            listening.append(topics.technician(place.technician))
        hub.current().publish(listening, typing_frame(conversation, self._author, active=frame.get("active")))
        self.answer_if_asked(frame)

    async def watch(self, frame: Frame) -> None:
        """`watch {conversation}`: its events, and its return card, although somebody else has it."""
        conversation = await self._conversation(frame)
        self._watched.add(conversation)
        await hub.current().follow(topics.conversation(conversation), self)
        self.answer(ref_of(frame), {"type": "ok"})
        self.send_text(encode(await in_database(context_of, conversation)))

    async def unwatch(self, frame: Frame) -> None:
        """`unwatch {conversation}`."""
        conversation = conversation_in(frame)
        self._watched.discard(conversation)
        hub.current().unfollow(topics.conversation(conversation), self)
        self.answer(ref_of(frame), {"type": "ok"})

    async def availability(self, frame: Frame) -> None:
        """`availability {state}`: online, away or offline, for all of this technician's windows."""
        await writer.write(set_availability, technician=self._me.technician, given=frame)
        self.answer(ref_of(frame), {"type": "ok"})
        await runtime.current().presences.look()

    handlers: ClassVar[dict[str, Handler]] = {
        "hello": hello,
        "message.send": send_message,
        "conversation.claim": claim,
        "conversation.release": release,
        "conversation.resolve": resolve,
        "conversation.reopen": reopen,
        "sync": sync,
        "read": read,
        "typing": typing,
        "watch": watch,
        "unwatch": unwatch,
        "availability": availability,
        "ping": Socket.pong,
    }

    def heads(self, heads: Heads) -> dict[str, int]:
        """The ends of my conversations and of those I watch, in technicians' numbering."""
        mine = heads.of_technician.get(self._me.technician, {})
        watched = {one: heads.of_conversation[one] for one in self._watched if one in heads.of_conversation}
        return {str(conversation): seq for conversation, seq in {**mine, **watched}.items()}

    @classmethod
    async def check_access(cls, sockets: Collection[ConsoleSocket]) -> None:
        """End the sockets of those who logged out, were disabled or changed their password."""
        there = list(sockets)  # who comes while we ask has just been looked at
        standings = [socket.standing for socket in there if socket.standing is not None]
        good = await in_database(access.still_standing, standings)
        for socket in there:
            if socket.standing not in good:
                socket.end(TOKEN_NEEDED)

    @property
    def _me(self) -> Standing:
        assert self.standing is not None  # nothing is handled before the hello, which needs it
        return self.standing

    @property
    def _author(self) -> Author:
        return technician_author(self._me.technician, self._me.name)

    async def _conversation(self, frame: Frame) -> UUID:
        """The conversation a frame names, if this technician may see it. Raises Invalid, NotFound."""
        conversation = conversation_in(frame)
        if conversation not in self._seen:
            await in_database(place_for_technician, self._me.technician, conversation)
            self._seen.add(conversation)
        return conversation

    def _submit(self, entry: Entry, frame: Frame, good: Callable[[object, Done], Any]) -> None:
        self.submit(entry, partial(self._answered, ref_of(frame), frame.get("client_id"), good))

    def _answered(
        self, ref: object, client_id: object, good: Callable[[object, Done], Any], result: Result
    ) -> None:
        if isinstance(result, Conflict) and (result.current or {}).get("technician"):
            self.soon(self._refuse_by_name(ref, client_id, result))
        elif isinstance(result, Problem):
            self.refuse(ref, result, client_id)
        else:
            good(ref, result)

    async def _refuse_by_name(self, ref: object, client_id: object, conflict: Conflict) -> None:
        who = (conflict.current or {})["technician"]["id"]
        name = await in_database(name_of, UUID(who))
        self.refuse(ref, services.with_name(conflict, name), client_id)

    def _stored(self, ref: object, done: Done) -> None:
        assert done.event is not None
        answer = message_answer(done.event, duplicate=done.duplicate, for_customer=False)
        self.answer(ref, {"type": "message.accepted", **answer})
        if len(done.events) > 1:  # this first reply has claimed it
            self.soon(self._tell_context(done.head.id))

    def _claimed(self, ref: object, done: Done) -> None:
        self.answer(ref, {"type": "ok"})
        self.soon(self._tell_context(done.head.id))

    def _done(self, ref: object, done: Done) -> None:
        if ref is not None:
            self.answer(ref, {"type": "ok"})

    async def _tell_context(self, conversation: UUID) -> None:
        context = encode(await in_database(context_of, conversation))
        hub.current().publish([topics.technician(self._me.technician)], context)


def _page(technician: UUID, conversation: UUID, after: int, limit: int) -> dict[str, Any]:
    return page_after(place_for_technician(technician, conversation), after, limit, for_customer=False)
