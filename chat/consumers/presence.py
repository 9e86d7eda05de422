"""Which technicians are there: told to consoles, and to the customers they are talking with."""

from __future__ import annotations

from uuid import UUID

from agents.selectors import states
from agents.services import be_gone, be_present, renew
from chat.database import in_database
from chat.hub import hub, topics
from chat.log.entries import Done
from chat.log.writer import write
from chat.selectors.heads import talking_with
from chat.wire import encode


class Presences:
    """The leases of this process's consoles, and the last told state of every technician."""

    def __init__(self) -> None:
        self.sockets: dict[UUID, UUID] = {}
        self._told: dict[UUID, tuple[str, str]] = {}
        self._looks = 0

    def is_online(self, technician: UUID) -> bool:
        """Whether this technician was there at the last look."""
        return self._told.get(technician, ("", "offline"))[1] == "online"

    def note(self, done: Done) -> None:
        """A conversation was taken: its customer learns whether that technician is there."""
        if done.head.technician is None or not any(event.kind == "assigned" for event in done.events):
            return
        online = self.is_online(done.head.technician)
        frame = {"type": "presence", "conversation": str(done.head.id), "technician_online": online}
        hub.current().publish([topics.customer(done.head.customer)], encode(frame))

    async def arrived(self, socket: UUID, technician: UUID) -> None:
        """A console has said hello."""
        self.sockets[socket] = technician
        await write(be_present, technician=technician, socket=socket)
        await self.look()

    async def left(self, socket: UUID) -> None:
        """A console is gone."""
        if self.sockets.pop(socket, None) is not None:
            await write(be_gone, socket=socket)
            await self.look()

    async def look(self) -> None:
        """Renew the leases of this process and tell what has changed anywhere."""
        self._looks += 1
        if self.sockets and self._looks % 3 == 0:
            await write(renew, dict(self.sockets))
        here = hub.current()
        now = await in_database(states)
        before, self._told = self._told, now
        for technician, (name, state) in now.items():
            if technician in before and before[technician][1] == state:
                continue
            frame = {"type": "presence", "technician": {"id": str(technician), "name": name}, "state": state}
            here.deliver([topics.CONSOLES], encode(frame))
            # At a process's first look too: what customers here were told, another process may have said.
            if here.followed("p:"):
                await self._tell_customers(technician, online=state == "online")

    async def _tell_customers(self, technician: UUID, *, online: bool) -> None:
        for conversation, customer in await in_database(talking_with, technician):
            frame = {"type": "presence", "conversation": str(conversation), "technician_online": online}
            hub.current().deliver([topics.customer(customer)], encode(frame))
