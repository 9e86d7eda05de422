"""Conversations under load: in each a customer and a technician write, each message is followed to both ends."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from tests.load.meter import Reading, read
from tests.load.wire import Frame, Wire

CUSTOMER, TECHNICIAN = 0, 1
TEXT = "The scanner stops halfway through the page and the light keeps blinking, what should I try next?"


@dataclass(frozen=True, slots=True)
class Result:
    """What a stretch of load came to. `latency` in seconds, send to delivery; processor time in seconds."""

    seconds: float
    messages: int
    latency: array[float]
    server_cpu: float
    client_cpu: float
    memory: int
    errors: int = 0
    overtaken: int = 0

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


@dataclass(slots=True)
class Counts:
    """What is being counted; a message is `done` when it is accepted and the other side has it."""

    done: int = 0
    errors: int = 0
    overtaken: int = 0
    latency: array[float] = field(default_factory=lambda: array("d"))


class Conversation:
    """One conversation with its two sides. A message is done when it is accepted and the other side has it."""

    def __init__(self, key: str, customer: Wire, technician: Wire, counts: Counts) -> None:
        self.key = key
        self.wires = (customer, technician)
        self.counts = counts
        self.accepted: dict[str, int] = {}
        self.sent = [0, 0]
        self.refill = False
        self._mark = secrets.token_hex(4)
        self._flying: dict[str, list[float]] = {}
        self._seen = [0, 0]

    def send(self, side: int) -> None:
        """Write the next message of a side."""
        self.sent[side] += 1
        client_id = f"{self._mark}-{side:04x}-4000-8000-{self.sent[side]:012x}"
        self._flying[client_id] = [time.perf_counter(), 2]
        self.wires[side].send(
            {"type": "message.send", "conversation": self.key, "client_id": client_id, "text": TEXT}
        )

    def hear(self, side: int, frame: Frame) -> None:
        """Take a frame that reached a side."""
        kind = frame["type"]
        if kind == "message.accepted":
            client_id = frame["client_id"]
            self.accepted[client_id] = frame["seq"]
            self._one_end(client_id, side)
        elif kind == "event":
            if self._seen[side] and frame["seq"] != self._seen[side] + 1:
                self.counts.overtaken += 1
            self._seen[side] = frame["seq"]
            if frame["kind"] == "message":
                client_id = frame["message"]["client_id"]
                if client_id[9:13] != f"{side:04x}" and (state := self._flying.get(client_id)):
                    self.counts.latency.append(time.perf_counter() - state[0])
                    self._one_end(client_id, 1 - side)
        elif kind == "error":
            self.counts.errors += 1

    @property
    def flying(self) -> int:
        """Messages that are not done yet."""
        return len(self._flying)

    def _one_end(self, client_id: str, author: int) -> None:
        state = self._flying.get(client_id)
        if state is None:
            return
        state[1] -= 1
        if not state[1]:
            del self._flying[client_id]
            self.counts.done += 1
            if self.refill:
                self.send(author)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the load goes. `customers` and `technicians` are ws addresses; with several they lie crosswise."""

    urls: list[str]
    cookies: list[str]
    pairs: int
    inbox: str = "demo"


class Crowd:
    """All conversations of a run, set up and ready to write."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.counts = Counts()
        self.conversations: list[Conversation] = []
        self._desks: list[Wire] = []
        self._by_key: dict[str, Conversation] = {}

    async def gather(self) -> None:
        """Open every socket, start every conversation and have it claimed."""
        scene = self.scene
        for number, cookie in enumerate(scene.cookies):
            url = scene.urls[(number + 1) % len(scene.urls)]
            desk = await Wire.open(f"ws{url[4:]}/ws/console/", {"Cookie": cookie, "Origin": url})
            await desk.hello(cursors={})
            await desk.ask("availability", state="online")
            self._desks.append(desk)
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            for number in range(scene.pairs):
                await self._pair(http, number)
        for desk in self._desks:
            desk.on_text = self._to_technician(desk)

    async def _pair(self, http: httpx.AsyncClient, number: int) -> None:
        # A technician on server n+1 for a customer on server n: with several, everything crosses.
        desk = self._desks[number % len(self._desks)]
        url = self.scene.urls[number % len(self.scene.urls)]
        wire = await visitor(http, url, self.scene.inbox)
        started = await wire.ask("conversation.start", client_id=fresh(), text=TEXT)
        key = str(started["conversation"]["id"])
        await desk.ask("conversation.claim", conversation=key)
        conversation = Conversation(key, wire, desk, self.counts)
        conversation.accepted[started["message"]["message"]["client_id"]] = 1
        wire.on_text = self._to_customer(conversation)
        self._by_key[key] = conversation
        self.conversations.append(conversation)

    def _to_customer(self, conversation: Conversation) -> Callable[[bytes], None]:
        def hear(data: bytes) -> None:
            frame = orjson.loads(data)
            if not conversation.wires[CUSTOMER].answer(frame):
                conversation.hear(CUSTOMER, frame)

        return hear

    def _to_technician(self, desk: Wire) -> Callable[[bytes], None]:
        def hear(data: bytes) -> None:
            frame = orjson.loads(data)
            if not desk.answer(frame) and (conversation := self._by_key.get(frame.get("conversation", ""))):
                conversation.hear(TECHNICIAN, frame)

        return hear

    async def flood(self, seconds: float, window: int, pids: list[int]) -> Result:
        """Both sides of every conversation keep `window` messages on their way; returns what that came to."""
        for conversation in self.conversations:
            conversation.refill = True
            for side in (CUSTOMER, TECHNICIAN):
                for _ in range(window):
                    conversation.send(side)
        await asyncio.sleep(1.0)  # batches form and the interpreter warms before anything is counted
        before = self._begin(pids)
        await asyncio.sleep(seconds)
        result = self._end(before, pids)
        for conversation in self.conversations:
            conversation.refill = False
        await self._settle()
        return result

    async def trickle(self, seconds: float, rate: float, pids: list[int]) -> Result:
        """Send `rate` messages a second, evenly, by turns; returns what that came to."""
        began, number = time.perf_counter(), 0
        before = self._begin(pids)
        while (elapsed := time.perf_counter() - began) < seconds:
            while number < elapsed * rate:
                self.conversations[number % len(self.conversations)].send(
                    number // len(self.conversations) % 2
                )
                number += 1
            await asyncio.sleep(max(0.0, number / rate - (time.perf_counter() - began)))
        await self._settle()
        return self._end(before, pids)

    async def check(self) -> dict[str, int]:
        """Read every conversation back and hold it against what was accepted."""
        found = {"lost": 0, "doubled": 0, "disordered": 0, "stored": 0}
        for conversation in self.conversations:
            events = await _log(conversation)
            keys = [event["message"]["client_id"] for event in events if event["kind"] == "message"]
            found["stored"] += len(keys)
            found["doubled"] += len(keys) - len(set(keys))
            found["lost"] += len(set(conversation.accepted) - set(keys))
            found["disordered"] += sum(event["seq"] != at for at, event in enumerate(events, start=1))
            for side in ("0000", "0001"):
                lane = [key for key in keys if key[9:13] == side]
                found["disordered"] += sum(one > two for one, two in itertools.pairwise(lane))
        return found

    def close(self) -> None:
        """Drop all sockets."""
        for wire in (*self._desks, *(conversation.wires[CUSTOMER] for conversation in self.conversations)):
            wire.close()

    async def _settle(self) -> None:
        """Wait until nothing is on its way; what does not arrive within 20 s is left to the check."""
        for _ in range(2000):
            if not any(conversation.flying for conversation in self.conversations):
                return
            await asyncio.sleep(0.01)

    def _begin(self, pids: list[int]) -> tuple[Reading, float]:
        self.counts.done = self.counts.errors = self.counts.overtaken = 0
        self.counts.latency = array("d")
        return read(pids), time.process_time()

    def _end(self, before: tuple[Reading, float], pids: list[int]) -> Result:
        now, after, counts = time.process_time(), read(pids), self.counts
        seconds = after.at - before[0].at
        return Result(
            seconds=seconds,
            messages=counts.done,
            latency=counts.latency[:],
            server_cpu=after.cpu - before[0].cpu,
            client_cpu=now - before[1],
            memory=after.memory,
            errors=counts.errors,
            overtaken=counts.overtaken,
        )


async def visitor(http: httpx.AsyncClient, url: str, inbox: str) -> Wire:
    """A new browser with an open widget: session, socket, welcome."""
    token = await session_token(http, url, inbox)
    wire = await Wire.open(f"ws{url[4:]}/ws/customer/", {"Origin": url})
    await wire.hello(token=token, cursors={})
    return wire


async def session_token(http: httpx.AsyncClient, url: str, inbox: str) -> str:
    """The access token of a new visitor."""
    body = {"inbox": inbox, "environment": {"page": f"{url}/demo/"}}
    answer = await http.post(f"{url}/api/widget/v1/session", json=body, headers={"Origin": url})
    answer.raise_for_status()
    http.cookies.clear()  # the next visitor is somebody else
    return str(answer.json()["access_token"])


async def _log(conversation: Conversation) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while True:
        after = events[-1]["seq"] if events else 0
        page = await conversation.wires[CUSTOMER].ask(
            "sync", conversation=conversation.key, after=after, limit=200
        )
        events += page["events"]
        if not page["more"]:
            return events


def fresh() -> str:
    """A new client_id."""
    raw = secrets.token_hex(16)
    return f"{raw[:8]}-ffff-4000-8000-{raw[20:]}"
