"""A customer who sends one message after another and notes how soon each was answered, and with what."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tests.faults.verifier import Sender
from tests.support.clients import CustomerClient
from tests.support.installation import Server

#: Seconds after which an answer is not going to come.
NEVER = 45.0
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: on the clock of time.monotonic when it was asked for, after how many seconds it came, what it said."""

    at: float
    took: float
    code: str
    retry: bool


class Asker:
    """Begins a conversation and writes into it until it is let go. What was put off is sent again under its own id."""

    def __init__(self, server: Server, name: str, *, pause: float = 0.05) -> None:
        self.server, self.name, self.pause = server, name, pause
        self.answers: list[Answered] = []
        self.client = CustomerClient(server.url)
        self.conversation = ""
        self.sender = Sender(name, "")
        self._writes: asyncio.Task[None] | None = None
        self._resting = False

    async def __aenter__(self) -> Self:
        await self.client.connect()
        text = f"{self.name} begins"
        begun = await self.client.do("conversation.start", client_id=str(uuid.uuid4()), text=text)
        self.conversation = self.sender.conversation = begun["conversation"]["id"]
        self._writes = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._writes
        self._writes.cancel()
        await asyncio.gather(self._writes, return_exceptions=True)
        await self.client.leave()

    async def rest(self) -> None:
        """Write no more, once what is under way is accepted."""
        self._resting = True
        assert self._writes
        await asyncio.wait_for(self._writes, NEVER)

    async def hears(self, what: Callable[[Answered], bool], *, within: float = NEVER) -> Answered:
        """The first answer from now on of which `what` is true. Raises AssertionError when there is none in time."""
        seen, until = len(self.answers), time.monotonic() + within
        while time.monotonic() < until:
            found = next((one for one in self.answers[seen:] if what(one)), None)
            if found is not None:
                return found
            assert self._writes
            if self._writes.done():
                self._writes.result()
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.name} did not hear it; last heard {self.answers[-3:]}")

    async def _write(self) -> None:
        while not self._resting:
            client_id, text = str(uuid.uuid4()), f"{self.name} {self.sender.sent}"
            self.sender.sent += 1
            while not await self._say(client_id, text):
                await asyncio.sleep(self.pause)
            self.sender.accepted.append((client_id, text))
            await asyncio.sleep(self.pause)

    async def _say(self, client_id: str, text: str) -> bool:
        asked = time.monotonic()
        fields = {"conversation": self.conversation, "client_id": client_id, "text": text}
        answer = await self.client.wire.ask("message.send", within=NEVER, **fields)
        code = ACCEPTED if answer["type"] == "message.accepted" else str(answer.get("code"))
        took = time.monotonic() - asked
        self.answers.append(Answered(asked, took, code, bool(answer.get("retry"))))
        return code == ACCEPTED


def was_accepted(answer: Answered) -> bool:
    """Stored, they say."""
    return answer.code == ACCEPTED


def was_put_off(answer: Answered) -> bool:
    """Not stored just now, to be tried again."""
    return answer.code == "unavailable" and answer.retry


def was_refused(answer: Answered) -> bool:
    """Anything else, which nobody in an outage should hear."""
    return not was_accepted(answer) and not was_put_off(answer)
