"""The server's clock jumps by days, forth and back: order, expiry and who is there do not follow it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.forked import BRISK, Forked
from tests.faults.ledger import read_ledgers
from tests.faults.profile import shown_on
from tests.faults.verifier import Holder, Outcome, Sender, show, verify
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.installation import Installation
from tests.support.wire import Frame

pytestmark = shown_on("embedded")

JUMPS = (0.0, 3.0, -3.0, 0.0)


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    """With data of its own: no other test should find what is dated days ahead."""
    installation = Installation()
    server = Forked(installation, BRISK)
    yield server
    server.close()
    installation.close()


class Talk:
    """Mara and Ana, in one conversation through all jumps; each keeps what a browser would keep, and no more."""

    def __init__(self, server: Forked) -> None:
        self.mara = CustomerClient(server.url)
        self.ana = TechnicianClient(server.url, "ana", server.password)
        self.conversation = ""
        self.senders: dict[str, Sender] = {}
        self.online: list[bool] = []

    async def life(self, number: int, *, look: bool) -> None:
        """One life of the server: both come back and write. `look`: wait to hear whether Ana is there."""
        view = await self.mara.session()
        await self.mara.connect()
        if number:
            assert view["returning"], "the device token holds"
            assert [one["id"] for one in view["conversations"]] == [self.conversation]
        if number and look:
            await asyncio.sleep(1.5)  # until the server has looked who is there
            await self.mara.connect()
            told = await self.mara.wire.wait(type="presence", conversation=self.conversation)
            self.online.append(told["technician_online"])
        await self.ana.connect()  # with the session's cookie of the first life
        if not number:
            self.conversation = (await self.mara.start("Mara 0"))["id"]
            self.senders = {who: Sender(who, self.conversation) for who in ("Mara", "Ana", "note")}
            await self.ana.claim(self.conversation)
        for line in range(2):
            await self._say("Mara", f"Mara {number}.{line}")
            await self._say("Ana", f"Ana {number}.{line}")
            await self._say("note", f"note {number}.{line}")

    async def _say(self, who: str, text: str) -> None:
        client: Any = self.mara if who == "Mara" else self.ana
        sender = self.senders[who]
        sender.sent += 1
        answer = await client.say(self.conversation, text, **({"kind": "note"} if who == "note" else {}))
        sender.accepted.append((answer["client_id"], text))

    async def held(self) -> list[Holder]:
        """What the server tells each of them in the end."""
        both: list[tuple[str, Any, bool]] = [("Mara", self.mara, True), ("Ana", self.ana, False)]
        return [
            Holder(name, self.conversation, customer, _said(await client.everything(self.conversation)))
            for name, client, customer in both
        ]


def _said(events: list[Frame]) -> list[tuple[str, str]]:
    messages = [event["message"] for event in events if event["kind"] == "message"]
    return [(one["client_id"], one["text"]) for one in messages]


async def _jump(
    forked: Forked, scenario: str, *spoilt: str, jumps: tuple[float, ...] = JUMPS
) -> tuple[Outcome, Talk]:
    database = "PostgreSQL" if forked.installation.database_url else "SQLite"
    outcome, talk = Outcome(scenario, database, kills=len(jumps) - 1), Talk(forked)
    holders: list[Holder] = []
    try:
        for number, days in enumerate(jumps):
            with forked.serving(*spoilt, days_ahead=days):
                await talk.life(number, look=not spoilt)
                holders = await talk.held()
    finally:
        await talk.mara.leave()
        await talk.ana.leave()
    return show(verify(outcome, read_ledgers(forked.installation), talk.senders.values(), holders)), talk


def test_nothing_follows_the_servers_clock(forked: Forked) -> None:
    outcome, talk = asyncio.run(_jump(forked, "server's clock 3 days ahead, 3 behind"))
    outcome.assert_clean()
    assert talk.online == [False] * (len(JUMPS) - 1), "whose console was killed with the server is not there"


def test_a_server_that_sorts_by_time_is_found_out(forked: Forked) -> None:
    outcome, _ = asyncio.run(
        _jump(forked, "mutant: sorted by time", "mutants.order_by_time", jumps=(3.0, 0.0))
    )
    assert outcome.left_behind
