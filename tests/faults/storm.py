"""Traffic that goes on whatever happens to the server, and the account of what became of every message."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from chat.replay.customer import Customer
from chat.replay.door import Door
from chat.replay.technician import Account, Desk
from chat.replay.view import View
from tests.faults.ledger import Ledger, read_ledgers
from tests.faults.verifier import Holder, Outcome, Said, Sender, verify
from tests.support.installation import Server

__all__ = ["Outcome", "Storm"]

CONVERSATIONS = 6  # in each a customer and a technician write, and the technician takes notes: 18 senders
PATIENCE = 90.0  # seconds a client bears a server that is away
CONVERGENCE = 45.0  # seconds: more than a heartbeat, the last means by which a client learns what it misses
ENOUGH = 60  # messages accepted between two kills, so that none of them hits an idle server

Say = Callable[[str, str], Awaitable[None]]
#: Something bad that is done while everybody writes. Returns when it is over.
Fault = Callable[[], Awaitable[None]]


class Pair:
    """A conversation, its customer and its technician."""

    def __init__(self, customer: Customer, desk: Desk, view: View) -> None:
        assert customer.view
        self.customer, self.desk = customer, desk
        self.conversation = view.conversation
        self.customers, self.technicians = customer.view, view
        self.senders = [Sender(name, self.conversation) for name in ("customer", "technician", "notes")]
        self.senders[0].accepted += customer.view.said
        self.senders[0].sent += len(customer.view.said)

    def holders(self) -> list[Holder]:
        """What both sides have now."""
        return [
            Holder("customer", self.conversation, True, self.customers.said),
            Holder("technician", self.conversation, False, self.technicians.said),
        ]

    async def note(self, client_id: str, text: str) -> None:
        """Write a note, which only technicians see."""
        view = self.technicians
        answer = await self.desk.link.ask(
            "message.send", conversation=view.conversation, client_id=client_id, text=text, kind="note"
        )
        view.accept(answer["seq"], client_id, text)

    async def reply(self, client_id: str, text: str) -> None:
        """Write as the technician."""
        await self.desk.say(self.technicians, client_id, text)


class Storm:
    """Many senders on one server. Clients keep what is unaccepted, reconnect, resume and send again.

    `desks_at`: another server process of the installation, for the technicians. `through`: the address of something
    that stands before the server, for everybody.
    """

    def __init__(
        self, server: Server, seed: int, *, desks_at: Server | None = None, through: str | None = None
    ) -> None:
        self.server = server
        self.dice = random.Random(seed)
        self.pairs: list[Pair] = []
        self.senders: list[Sender] = []
        self._door = Door(through or server.url, patience=PATIENCE)
        self._desks_door = Door(through or (desks_at or server).url, patience=PATIENCE)
        self._desks: list[Desk] = []
        self._lanes: list[asyncio.Task[None]] = []
        self._blowing = True

    async def run(self, kills: int) -> Outcome:
        """Kill the server so many times, calm down, and account for every message."""
        return await self.weather("server killed", [self.kill_server] * kills)

    async def weather(self, scenario: str, faults: Iterable[Fault]) -> Outcome:
        """Let one fault after another happen in the midst of traffic, calm down, and account for every message."""
        outcome = Outcome(scenario, "PostgreSQL" if self.server.installation.database_url else "SQLite")
        try:
            await self._begin()
            for fault in faults:
                await self.traffic()
                await fault()
                outcome.kills += 1
            await self.traffic()
            self._blowing = False
            await asyncio.gather(*self._lanes)
            await self._account(outcome)
            links = [*(desk.link for desk in self._desks), *(pair.customer.link for pair in self.pairs)]
            outcome.closes.update(code for link in links for code in link.closes)
        finally:
            for lane in self._lanes:
                lane.cancel()
            await self._end()
        outcome.reconnects = sum(desk.link.reconnects for desk in self._desks)
        outcome.reconnects += sum(pair.customer.reconnects for pair in self.pairs)
        return outcome

    async def kill_server(self) -> None:
        """`kill -9` at a random moment, then start it again."""
        await asyncio.sleep(self.dice.uniform(0, 0.3))
        await asyncio.to_thread(self.server.kill)
        await asyncio.to_thread(self.server.start)

    async def traffic(self) -> None:
        """Until every sender is through again, and enough was accepted in all."""
        before = self._heard()
        while min(map(int.__sub__, self._heard(), before)) < 1 or sum(self._heard()) - sum(before) < ENOUGH:
            for lane in self._lanes:
                if lane.done():
                    lane.result()
            await asyncio.sleep(0.01)

    def _heard(self) -> list[int]:
        return [len(sender.accepted) for sender in self.senders]

    async def _begin(self) -> None:
        accounts = [Account(name, self.server.password, self._desks_door) for name in ("ana", "bo", "cy")]
        self._desks = [Desk(account, self._desks_door, patience=PATIENCE) for account in accounts]
        for desk in self._desks:
            await desk.link.open()
        for number in range(CONVERSATIONS):
            customer = Customer(f"Customer {number}", self._door, inbox="demo", patience=PATIENCE)
            await customer.come()
            await customer.connect()
            conversation = await customer.start(str(uuid.uuid4()), f"Question {number}")
            desk = self._desks[number % len(self._desks)]
            await desk.row(conversation)
            pair = Pair(customer, desk, await desk.claim(conversation))
            self.pairs.append(pair)
            self.senders += pair.senders
        for pair in self.pairs:
            for sender, say in zip(pair.senders, _voices(pair), strict=True):
                self._lanes.append(asyncio.create_task(self._lane(sender, say)))

    async def _lane(self, sender: Sender, say: Say) -> None:
        while self._blowing:
            client_id, text = str(uuid.uuid4()), f"{sender.name} {sender.sent}"
            sender.sent += 1
            await say(client_id, text)
            sender.accepted.append((client_id, text))
            await asyncio.sleep(self.dice.expovariate(50))

    async def _account(self, outcome: Outcome) -> None:
        ledgers = read_ledgers(self.server.installation)
        verify(outcome, ledgers, self.senders)
        if outcome.lost:
            return  # clients that were told what is not so can never agree with the server
        await self._converge(ledgers)
        for pair in self.pairs:
            verify(outcome, ledgers, (), pair.holders())
            await self._compare(pair, ledgers[pair.conversation], outcome)

    async def _converge(self, ledgers: dict[str, Ledger]) -> None:
        """Give every view the time that heartbeats need; whether it was enough is seen afterwards."""
        for _ in range(int(CONVERGENCE * 10)):
            if all(
                pair.customers.last == ledgers[pair.conversation].customer_last_seq
                and pair.technicians.last == ledgers[pair.conversation].last_seq
                for pair in self.pairs
            ):
                return
            await asyncio.sleep(0.1)

    async def _compare(self, pair: Pair, ledger: Ledger, outcome: Outcome) -> None:
        """What the server would tell each side afresh must be what the database holds."""
        for side, asking in (("customer", pair.customer), ("technician", pair.desk)):
            stored = ledger.messages(for_customer=side == "customer")
            events = await asking.history(pair.conversation)
            numbers = [event["seq"] for event in events]
            if numbers != list(range(1, len(events) + 1)) or _said(events) != stored:
                outcome.unlike.append(f"{side} of {pair.conversation}")

    async def _end(self) -> None:
        for pair in self.pairs:
            await pair.customer.leave()
        for desk in self._desks:
            for conversation in list(desk.views):
                desk.forget(conversation)
            await desk.link.close()
        await self._door.close()
        await self._desks_door.close()


def _voices(pair: Pair) -> tuple[Say, Say, Say]:
    return pair.customer.say, pair.reply, pair.note


def _said(events: list[dict[str, Any]]) -> Said:
    messages = [event["message"] for event in events if event["kind"] == "message"]
    return [(message["client_id"], message["text"]) for message in messages]
