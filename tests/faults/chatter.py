"""Conversations whose two sides sit at two server processes, and the account of what reached whom, and how late."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from chat.replay.customer import Customer
from chat.replay.door import Door
from chat.replay.technician import Account, Desk
from chat.replay.view import View
from tests import support
from tests.support.cast import until
from tests.support.installation import Installation, Server

PATIENCE = 60.0  # seconds a client bears a server that is away


class Treated(Server):
    """A server whose hub treats frames in these ways; see tests/support/deaf.py."""

    def __init__(self, installation: Installation, *modes: str, **settings: str) -> None:
        super().__init__(installation, settings)
        self.modes = modes

    def command(self) -> Sequence[str | Path]:
        """The other start."""
        return [sys.executable, Path(support.__path__[0]) / "deaf.py", ",".join(self.modes)]


@dataclass(slots=True, eq=False)
class Said:
    """One message: when it was accepted, and when the other side had it in its place."""

    text: str
    accepted: float = 0.0
    arrived: float = 0.0


@dataclass(slots=True)
class Pair:
    """A customer here and a technician there."""

    customer: Customer
    desk: Desk
    technicians: View

    @property
    def customers(self) -> View:
        """What the customer holds."""
        assert self.customer.view
        return self.customer.view


class Chatter:
    """`pairs` conversations between customers at one server and technicians at another (or at the same)."""

    def __init__(self, customers_at: Server, technicians_at: Server, pairs: int = 2) -> None:
        self.pairs: list[Pair] = []
        self.said: list[Said] = []
        self._pairs = pairs
        self._password = customers_at.password
        self._here = Door(customers_at.url, patience=PATIENCE)
        self._there = Door(technicians_at.url, patience=PATIENCE)
        self._desks: list[Desk] = []
        self._customers: list[Customer] = []

    async def __aenter__(self) -> Self:
        for name in ("ana", "bo"):
            account = Account(name, self._password, self._there)
            self._desks.append(Desk(account, self._there, patience=PATIENCE))
            await self._desks[-1].link.open()
        for _ in range(self._pairs):
            await self.meet()
        return self

    async def __aexit__(self, *_: object) -> None:
        for customer in self._customers:
            await customer.leave()
        for desk in self._desks:
            for conversation in list(desk.views):
                desk.forget(conversation)
            await desk.link.close()
        await self._here.close()
        await self._there.close()

    async def meet(self) -> Pair:
        """Somebody new comes, begins, is seen in the queue at the other process, and is answered from there."""
        customer = Customer(f"Customer {len(self.pairs)}", self._here, inbox="demo", patience=PATIENCE)
        self._customers.append(customer)
        await customer.come()
        await customer.connect()
        conversation = await customer.start(str(uuid.uuid4()), f"Question {len(self.pairs)}")
        desk = self._desks[len(self.pairs) % len(self._desks)]
        await desk.row(conversation)
        self.pairs.append(Pair(customer, desk, await desk.claim(conversation)))
        return self.pairs[-1]

    async def say(self, rounds: int = 1) -> None:
        """Everybody writes so many messages, each when the one before was accepted; technicians take notes too."""

        async def customers(pair: Pair) -> None:
            for _ in range(rounds):
                await self._one(pair, from_customer=True)

        async def technicians(pair: Pair) -> None:
            for _ in range(rounds):
                await self._one(pair, from_customer=False)
                await self._note(pair)

        await asyncio.gather(*(side(pair) for pair in self.pairs for side in (customers, technicians)))

    async def last_words(self) -> None:
        """One message of the technicians, one of the customers: no later event shows that they were lost."""
        for from_customer in (False, True):
            await asyncio.sleep(1.0)  # an answer to whoever had a hole would bring these too
            await asyncio.gather(*(self._one(pair, from_customer=from_customer) for pair in self.pairs))

    async def arrived(self, *, within: float) -> None:
        """Wait until the other side has all that was accepted. Raises AssertionError when it never does."""
        await until(lambda: all(one.arrived for one in self.said), within=within)

    async def in_turn(self, so_many: int, *, within: float, from_customer: bool = True) -> None:
        """One says so many one after the other, each when the one before has arrived. Raises TimeoutError.

        What only a sweep brings takes a sweep each: with `so_many` sweeps beyond `within` it is the hub that brings.
        """
        async with asyncio.timeout(within):
            for _ in range(so_many):
                await self._one(self.pairs[0], from_customer=from_customer)
                last = self.said[-1]
                while not last.arrived:
                    await asyncio.sleep(0.01)

    async def unlike(self) -> list[str]:
        """Who holds something else than the server tells when it is asked for everything."""
        found = []
        for pair in self.pairs:
            for who, view in (("customer", pair.customers), ("technician", pair.technicians)):
                asked: Any = pair.customer if who == "customer" else pair.desk
                events = await asked.history(view.conversation)
                said = [
                    (event["message"]["client_id"], event["message"]["text"])
                    for event in events
                    if event["kind"] == "message"
                ]
                if view.said != said or view.last != len(events):
                    found.append(f"{who} of {view.conversation}")
        return found

    @property
    def reconnects(self) -> int:
        """How often anybody's socket was closed."""
        links = [desk.link for desk in self._desks]
        links += [customer._link for customer in self._customers if customer._link]
        return sum(link.reconnects for link in links)

    def delays(self, since: int = 0) -> str:
        """How late messages were, as the middle and the worst in seconds."""
        late = sorted(one.arrived - one.accepted for one in self.said[since:] if one.arrived)
        if not late:
            return "nothing arrived"
        return f"{len(late)} messages, p50 {late[len(late) // 2]:.3f} s, worst {late[-1]:.3f} s"

    async def _one(self, pair: Pair, *, from_customer: bool) -> None:
        said, client_id = Said(f"line {len(self.said) + 1}"), str(uuid.uuid4())
        self.said.append(said)

        def arrive() -> None:
            said.arrived = time.perf_counter()

        (pair.technicians if from_customer else pair.customers).on_arrival(client_id, arrive)
        if from_customer:
            await pair.customer.say(client_id, said.text)
        else:
            await pair.desk.say(pair.technicians, client_id, said.text)
        said.accepted = time.perf_counter()

    async def _note(self, pair: Pair) -> None:
        view, client_id = pair.technicians, str(uuid.uuid4())
        answer = await pair.desk.link.ask(
            "message.send",
            conversation=view.conversation,
            client_id=client_id,
            text=f"note {client_id}",
            kind="note",
        )
        view.accept(answer["seq"], client_id, f"note {client_id}")
