"""Traffic that goes on whatever happens to the server, and the account of what became of every message."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from chat.replay.customer import Customer
from chat.replay.door import Door
from chat.replay.technician import Account, Desk
from chat.replay.view import View
from tests.faults.ledger import Ledger, read_ledgers
from tests.support.installation import Server

CONVERSATIONS = 6  # in each a customer and a technician write, and the technician takes notes: 18 senders
PATIENCE = 90.0  # seconds a client bears a server that is away
CONVERGENCE = 45.0  # seconds: more than a heartbeat, the last means by which a client learns what it misses
ENOUGH = 60  # messages accepted between two kills, so that none of them hits an idle server

Say = Callable[[str, str], Awaitable[None]]


@dataclass(slots=True)
class Outcome:
    """What a storm came to. Everything but the first three should be empty or 0."""

    kills: int = 0
    accepted: int = 0
    reconnects: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    holes: int = 0
    unlike: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)


class Pair:
    """A conversation, its customer and its technician, and what each was told is accepted."""

    def __init__(self, customer: Customer, desk: Desk, view: View) -> None:
        assert customer.view
        self.customer, self.desk = customer, desk
        self.conversation = view.conversation
        self.customers, self.technicians = customer.view, view
        self.accepted: dict[str, str] = dict(customer.view.said)

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
    """Many senders on one server. Clients keep what is unaccepted, reconnect, resume and send again."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.dice = random.Random(seed)
        self.pairs: list[Pair] = []
        self._door = Door(server.url, patience=PATIENCE)
        self._desks: list[Desk] = []
        self._blowing = True
        self._heard: list[int] = []

    async def run(self, kills: int) -> Outcome:
        """Kill the server so many times, calm down, and account for every message."""
        outcome = Outcome()
        await self._begin()
        voices = [(pair, say) for pair in self.pairs for say in _voices(pair)]
        self._heard = [0] * len(voices)
        lanes = [asyncio.create_task(self._lane(number, *voice)) for number, voice in enumerate(voices)]
        try:
            for _ in range(kills):
                await self._wait_for_traffic(lanes)
                await asyncio.sleep(self.dice.uniform(0, 0.6))
                await asyncio.to_thread(self.server.kill)
                await asyncio.to_thread(self.server.start)
                outcome.kills += 1
            await self._wait_for_traffic(lanes)
            self._blowing = False
            await asyncio.gather(*lanes)
            await self._account(outcome)
        finally:
            for lane in lanes:
                lane.cancel()
            await self._end()
        return outcome

    async def _begin(self) -> None:
        accounts = [Account(name, self.server.password, self._door) for name in ("ana", "bo", "cy")]
        self._desks = [Desk(account, self._door, patience=PATIENCE) for account in accounts]
        for desk in self._desks:
            await desk.link.open()
        for number in range(CONVERSATIONS):
            customer = Customer(f"Customer {number}", self._door, inbox="demo", patience=PATIENCE)
            await customer.come()
            await customer.connect()
            conversation = await customer.start(str(uuid.uuid4()), f"Question {number}")
            desk = self._desks[number % len(self._desks)]
            await desk.row(conversation)
            self.pairs.append(Pair(customer, desk, await desk.claim(conversation)))

    async def _lane(self, number: int, pair: Pair, say: Say) -> None:
        while self._blowing:
            client_id, text = str(uuid.uuid4()), f"{say.__name__} {self._heard[number] + 1}"
            await say(client_id, text)
            pair.accepted[client_id] = text
            self._heard[number] += 1
            await asyncio.sleep(self.dice.expovariate(50))

    async def _wait_for_traffic(self, lanes: list[asyncio.Task[None]]) -> None:
        """Until every sender is through again, and enough was accepted in all."""
        before = list(self._heard)
        while min(map(int.__sub__, self._heard, before)) < 1 or sum(self._heard) - sum(before) < ENOUGH:
            for lane in lanes:
                if lane.done():
                    lane.result()
            await asyncio.sleep(0.01)

    async def _account(self, outcome: Outcome) -> None:
        ledgers = read_ledgers(self.server.installation)
        outcome.accepted = sum(len(pair.accepted) for pair in self.pairs)
        outcome.reconnects = sum(desk.link.reconnects for desk in self._desks)
        for pair in self.pairs:
            ledger = ledgers[pair.conversation]
            stored = ledger.messages(for_customer=False)
            times = Counter(client_id for client_id, _text in stored)
            by_id = dict(stored)
            outcome.lost += [key for key, text in pair.accepted.items() if by_id.get(key) != text]
            outcome.doubled += [key for key, count in times.items() if count > 1]
            outcome.holes += ledger.holes()
        if outcome.lost:
            return  # clients that were told what is not so can never agree with the server
        await self._converge(ledgers)
        for pair in self.pairs:
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
        """What each side holds, and what the server would tell it, must be what the database holds."""
        for side, view in (("customer", pair.customers), ("technician", pair.technicians)):
            stored = ledger.messages(for_customer=side == "customer")
            if view.said != stored:
                outcome.left_behind.append(f"{side} of {pair.conversation}")
            asking = pair.customer if side == "customer" else pair.desk
            events = await asking.history(pair.conversation)
            if [event["seq"] for event in events] != list(range(1, len(events) + 1)) or _said(
                events
            ) != stored:
                outcome.unlike.append(f"{side} of {pair.conversation}")

    async def _end(self) -> None:
        for pair in self.pairs:
            await pair.customer.leave()
        for desk in self._desks:
            for conversation in list(desk.views):
                desk.forget(conversation)
            await desk.link.close()
        await self._door.close()


def _voices(pair: Pair) -> tuple[Say, Say, Say]:
    return pair.customer.say, pair.reply, pair.note


def _said(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    messages = [event["message"] for event in events if event["kind"] == "message"]
    return [(message["client_id"], message["text"]) for message in messages]
