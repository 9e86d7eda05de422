"""Everybody comes back at once: how long it takes after a restart, and whether what they had to say is there."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from tests.faults.ledger import read_ledgers
from tests.load.talk import TEXT, fresh, session_token
from tests.load.wire import Wire
from tests.support.installation import Server

FIRST, LONGEST = 0.5, 30.0  # seconds of back-off, with full jitter, as the protocol asks of clients
AT_ONCE = 20  # clients that are set up side by side


@dataclass(slots=True)
class Herd:
    """What a restart came to: seconds from its begin to each client's accepted message, tries, closes, and losses."""

    clients: int
    back: list[float] = field(default_factory=list)
    tries: int = 0
    closes: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0


class Client:
    """One customer in one conversation, who wants to say something as soon as the connection is back."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.wire: Wire | None = None
        self.conversation = ""
        self.last = 0
        self.accepted: list[str] = []
        self.tries = 0

    async def connect(self) -> None:
        """Open the socket and say hello. Raises OSError or TimeoutError."""
        self.wire = await Wire.open(f"ws{self.url[4:]}/ws/customer/", {"Origin": self.url})
        cursors = {self.conversation: self.last} if self.conversation else {}
        await self.wire.hello(token=self.token, cursors=cursors)

    async def start(self) -> None:
        """Open the conversation."""
        assert self.wire
        started = await self.wire.ask("conversation.start", client_id=fresh(), text=TEXT)
        self.conversation, self.last = started["conversation"]["id"], 1

    async def come_back(self) -> int:
        """Wait for the end of the connection, come back, and say one thing until it is accepted; the close's code."""
        assert self.wire
        await self.wire.gone.wait()
        code, client_id, attempt = self.wire.closed, fresh(), 0
        while True:
            asked, self.wire.wait = self.wire.wait, 0.0
            await asyncio.sleep(asked + random.uniform(0, min(LONGEST, FIRST * 2**attempt)))
            attempt += 1
            self.tries += 1
            try:
                await self.connect()
                said = {"conversation": self.conversation, "client_id": client_id, "text": TEXT}
                await self.wire.ask("message.send", **said)
            except (OSError, TimeoutError, AssertionError):
                self.wire.close()
                continue
            self.accepted.append(client_id)
            return code or 0


async def gather(url: str, how_many: int, inbox: str = "demo") -> list[Client]:
    """So many customers, each with an open conversation and an open socket."""
    clients: list[Client] = []
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:

        async def one() -> None:
            client = Client(url, await session_token(http, url, inbox))
            await client.connect()
            await client.start()
            clients.append(client)

        for begin in range(0, how_many, AT_ONCE):
            await asyncio.gather(*(one() for _ in range(min(AT_ONCE, how_many - begin))))
    return clients


async def stampede(server: Server, clients: list[Client], restart: Callable[[], Awaitable[None]]) -> Herd:
    """Restart the server under all of them; returns when everybody is back and has been heard."""
    herd = Herd(len(clients))
    began = time.monotonic()

    async def one(client: Client) -> None:
        herd.closes[await client.come_back()] += 1
        herd.back.append(time.monotonic() - began)
        herd.tries += client.tries

    back = asyncio.gather(*(one(client) for client in clients))
    await restart()
    await back
    ledgers = await asyncio.to_thread(read_ledgers, server.installation)
    for client in clients:
        stored = Counter(row.client_id for row in ledgers[client.conversation].rows)
        herd.lost += sum(not stored[one] for one in client.accepted)
        herd.doubled += sum(stored[one] > 1 for one in client.accepted)
        if client.wire:
            client.wire.close()
    return herd


async def measure_herd(server: Server, how_many: int, *, crash: bool) -> Herd:
    """So many customers, a restart (planned, or with SIGKILL), and everybody back."""

    async def restart() -> None:
        await asyncio.to_thread(server.kill if crash else server.stop)
        await asyncio.to_thread(server.start)

    return await stampede(server, await gather(server.url, how_many), restart)
