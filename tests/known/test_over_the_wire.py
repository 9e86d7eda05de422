"""A smaller run over a real server: strangers try everything on each other, and every byte they get is looked at."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import Any

import httpx

from tests.known.canaries import Canaries, found_in
from tests.known.canaries import word as canary
from tests.support.cast import Cast
from tests.support.clients import CustomerClient
from tests.support.returning import new_address, prove_mailbox
from tests.support.wire import Frame

WIDGET = "/api/widget/v1/"
STEPS = 200


class Stranger:
    """A browser, what is theirs, and every byte it was sent."""

    def __init__(self, browser: CustomerClient, canaries: Canaries) -> None:
        self.browser, self.canaries = browser, canaries
        self.owner, self.address = uuid.uuid4().hex, new_address(canary())
        self.heard: list[tuple[str, str]] = []
        self.said: set[str] = set()
        browser.http.event_hooks["response"].append(self._hear)

    async def _hear(self, response: httpx.Response) -> None:
        await response.aread()
        self.said |= found_in(f"{response.request.url} {response.request.content.decode()}")
        self.heard.append((str(response.request.url), f"{response.headers}\n{response.text}"))

    async def act(self) -> None:
        """Begin something of their own, and prove their mailbox for it."""
        name, text = f"Mara {canary()}", f"My printer {canary()}"
        self.talk: Frame = await self.browser.start(text, about={"name": name, "email": self.address})
        await self.browser.session()
        self.canaries.give(self.owner, name, text, self.talk, self.address, self.browser.view["customer"])

    async def try_on(self, other: Stranger, dice: random.Random) -> None:
        """One thing, with somebody else's id, address or code in it."""
        talk, address = other.talk["id"], other.address
        device = dice.choice([uuid.uuid4().hex, other.browser.view["customer"]["id"]])
        calls: list[tuple[str, str, Any]] = [
            ("GET", f"conversations/{talk}/events", None),
            ("POST", f"conversations/{talk}/messages", {"client_id": canary(), "text": "x"}),
            ("POST", f"conversations/{talk}/read", {"seq": 1}),
            ("POST", f"conversations/{talk}/transcript", {}),
            ("POST", f"conversations/{talk}/transcript", {"email": self.address}),
            ("POST", f"conversations/{talk}/outcome", {"held": False}),
            ("POST", f"conversations/{talk}/resume-key", {}),
            ("POST", f"conversations/{self.talk['id']}/transcript", {"email": address}),
            ("POST", "about", {"email": address, "order": other.talk["case_code"]}),
            ("POST", "conversations", {"client_id": canary(), "text": "again", "about": {"email": address}}),
            ("POST", "recovery/mailbox", {"email": address}),
            ("POST", "recovery/code", {"code": f"{dice.randrange(10**6):06}"}),
            ("POST", "recovery/resume-key", {"key": other.talk["case_code"]}),
            ("GET", "devices", None),
            ("DELETE", f"devices/{device}", None),
            ("POST", "link/use", {"token": talk, "answer": "yes"}),
            (
                "POST",
                "session",
                {"inbox": "demo", "device_token": self.browser.device_token, "identity": talk},
            ),
            ("GET", "conversations", None),
        ]
        method, path, body = dice.choice(calls)
        before = len(self.heard)
        answer = await self.browser.http.request(method, WIDGET + path, json=body)
        assert answer.status_code < 500, (path, answer.text)
        if path == "conversations" and method == "POST":
            self.canaries.give(self.owner, answer.text)
        if talk in path:
            assert answer.status_code == 404, path
        assert len(self.heard) > before
        frame = dice.choice(["sync", "read", "typing", "message.send"])
        told = await self.browser.wire.ask(
            frame, conversation=talk, after=0, seq=1, client_id=canary(), text="x"
        )
        assert told["code"] == "not_found"

    def strange(self) -> list[tuple[str, set[str]]]:
        """Whatever reached this browser of anybody else."""
        heard = [*self.heard, *(("socket", str(frame)) for frame in self.browser.wire.heard)]
        found = ((place, self.canaries.foreign(text, {self.owner}, self.said)) for place, text in heard)
        return [
            (place, {one for one in them if one in self.canaries.owners}) for place, them in found if them
        ]


async def test_strangers_who_try_everything_on_each_other_get_nothing(cast: Cast) -> None:
    canaries, dice = Canaries(), random.Random(7)
    strangers = [Stranger(await cast.customer(), canaries) for _ in range(4)]
    for one in strangers:
        await one.act()
    for one in strangers[:2]:
        await prove_mailbox(cast, one.browser, one.address)
    ana = await cast.technician("ana")
    for one in strangers[:3]:
        await ana.claim(one.talk["id"])
        reply = f"Try this {canary()}"
        canaries.give(one.owner, reply)
        await ana.say(one.talk["id"], reply)
    a, b = (one.browser.view["customer"]["id"] for one in strangers[:2])
    linked = await ana.http.post("/api/v1/links", json={"a": a, "b": b, "reason": "the same voice"})
    assert linked.status_code == 201
    for _ in range(STEPS // 4):
        pairs = [(one, dice.choice([other for other in strangers if other is not one])) for one in strangers]
        await asyncio.gather(*(one.try_on(other, dice) for one, other in pairs))
    for one in strangers:
        assert [found for found in one.strange() if found[1]] == []
        listed = (await one.browser.http.get(f"{WIDGET}conversations")).json()["conversations"]
        assert one.talk["id"] in {row["id"] for row in listed}, "and all kept what is theirs"
    assert any(other.talk["id"] in one.said for one in strangers for other in strangers if one is not other)
