"""A mail server that keeps what it is given, and misbehaves as a test asks for."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller

OK = "250 Taken"


@dataclass
class Given:
    """A mail as it was handed in; `taken` when the server said so."""

    sender: str
    to: list[str]
    raw: bytes
    taken: bool

    @property
    def message(self) -> EmailMessage:
        """The same, read."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def text(self) -> str:
        """What a person reads."""
        return str(self.message.get_content())


@dataclass
class MailServer:
    """`data`, `rcpt` and `goodbye` decide: each is told how often it was asked (from 1) and gives an answer, or "cut".

    `given` is everything whose text arrived, whatever was answered.
    """

    data: Callable[[int], str] = lambda _: OK
    rcpt: Callable[[int], str] = lambda _: "250 OK"
    goodbye: Callable[[int], str] = lambda _: "221 Bye"
    pause: float = 0.0  # seconds it thinks about a text
    given: list[Given] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> MailServer:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        self.asked.clear()  # the controller has knocked at its own door
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def taken(self) -> list[Given]:
        """What it has taken on."""
        return [one for one in self.given if one.taken]

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self._ask("rcpt", self.rcpt, server)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.pause)
        answer = self._ask("data", self.data, server)
        taken = answer.startswith("2")
        self.given.append(Given(envelope.mail_from, list(envelope.rcpt_tos), envelope.content, taken))
        return answer

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        return self._ask("goodbye", self.goodbye, server)

    def _ask(self, what: str, answer: Callable[[int], str], server: Any) -> str:
        self.asked[what] += 1
        said = answer(self.asked[what])
        if said == "cut":
            server.transport.abort()
            return "451 nobody hears this"
        return said
