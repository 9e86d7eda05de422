"""PostgreSQL is stopped, killed, frozen, or holds one row: who writes is told in time, and nothing is lost."""

from __future__ import annotations

import asyncio
import random
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
from tabulate import tabulate

from chat.replay import link
from tests.faults.asker import Answered, Asker, was_accepted, was_put_off, was_refused
from tests.faults.forked import BRISK, Forked
from tests.faults.ledger import read_ledgers
from tests.faults.profile import rounds, so_many
from tests.faults.storm import Storm
from tests.faults.verifier import Outcome, show, verify
from tests.support.installation import Installation, Server
from tests.support.wire import Wire
from tools.services import PostgreSQL

pytestmark = pytest.mark.production

#: Seconds: within which a sender has to be told, and all has to be back. What is asserted is TOLERANCE times as much,
#: because the machine may be busy; what was measured is printed.
TOLD, BACK, OTHERS = 3.0, 5.0, 1.0
TOLERANCE = 2.0
AWAY = so_many("AWAY_SECONDS", 3, 20)
LOCKED = so_many("LOCKED_SECONDS", 6, 30)
OUTAGES = so_many("OUTAGES", 1, 10)


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    """On an installation with a PostgreSQL of its own, for all tests of this file: each leaves it running."""
    made = Installation(own_postgresql=True)
    server = Forked(made, BRISK)
    try:
        yield server
    finally:
        server.close()
        made.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 1.0)


class Outages:
    """Ways in which the database goes and comes back, with what one sender heard meanwhile."""

    def __init__(self, server: Server, asker: Asker) -> None:
        assert server.installation.postgresql
        self.server, self.asker = server, asker
        self.database: PostgreSQL = server.installation.postgresql
        self.lines: list[list[Any]] = []

    async def stopped(self) -> None:
        """Shut down in order, then started."""
        await self._out("stopped", self.database.stop, self.database.start)

    async def killed(self) -> None:
        """`kill -9` for all of it, then started; it has to recover."""
        await self._out("killed", self.database.kill, self.database.start)

    async def frozen(self) -> None:
        """Connections stay open and take what is sent, and nothing answers."""
        await self._out("frozen", self.database.pause, self.database.resume)

    async def _out(self, how: str, go: Callable[[], object], back: Callable[[], object]) -> None:
        before = len(self.asker.answers)
        try:
            await asyncio.to_thread(go)
            put_off = await self.asker.hears(was_put_off, within=AWAY + TOLD * TOLERANCE)
            await self._over_http()
            await self._with_a_new_socket()
            await _until(lambda: _ready(self.server) == 503, "readiness says 503")
            await asyncio.sleep(AWAY)
        finally:
            await asyncio.to_thread(back)
        began = time.monotonic()
        await self.asker.hears(lambda one: was_accepted(one) and one.at > began)
        writes = time.monotonic() - began
        await _until(lambda: _ready(self.server) == 200, "readiness says 200")
        answers = self.asker.answers[before:]
        slowest = max(one.took for one in answers)
        self.lines.append([how, f"{put_off.took:.2f}", f"{slowest:.2f}", f"{writes:.2f}"])
        assert not [one for one in answers if was_refused(one)]
        assert slowest < TOLD * TOLERANCE
        assert writes < BACK * TOLERANCE

    async def _over_http(self) -> None:
        """Whoever has no socket is told so too."""
        began = time.monotonic()
        path = f"/api/widget/v1/conversations/{self.asker.conversation}/messages"
        body = {"client_id": str(uuid.uuid4()), "text": "over HTTP"}
        answer = await self.asker.client.http.post(path, json=body)
        assert answer.status_code == 503
        assert (answer.json()["code"], answer.json()["retry"]) == ("unavailable", True)
        assert time.monotonic() - began < TOLD * TOLERANCE

    async def _with_a_new_socket(self) -> None:
        """Whoever comes meanwhile is told so too, and closed: to come back, not to wait for what will not come."""
        began = time.monotonic()
        wire = await Wire.open(f"{self.server.ws}/ws/customer/", origin="https://shop.example")
        ref = await wire.send("hello", token=self.asker.client.token)
        told = await wire.wait(type="error", ref=ref)
        assert (told["code"], told["retry"]) == ("unavailable", True)
        assert await wire.closed() == 1012
        assert time.monotonic() - began < TOLD * TOLERANCE

    def show(self) -> None:
        """What was measured."""
        print(
            tabulate(
                self.lines, headers=["the database is", "told first, s", "slowest answer, s", "back after, s"]
            )
        )


def test_the_database_goes_and_comes_back(forked: Forked) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")

    async def suffer(server: Server) -> Outcome:
        async with Asker(server, "asker") as asker:
            outages = Outages(server, asker)
            faults: list[Callable[[], Awaitable[None]]] = [outages.stopped, outages.killed, outages.frozen]
            storm = Storm(server, seed)
            try:
                outcome = await storm.weather(
                    "database stopped, killed, frozen", (fault for _ in rounds(OUTAGES) for fault in faults)
                )
            finally:
                outages.show()
        verify(outcome, read_ledgers(server.installation), [asker.sender])
        return outcome

    with forked.serving() as server:
        outcome = show(asyncio.run(suffer(server)))
    outcome.assert_clean()
    assert outcome.kills >= 3
    assert outcome.reconnects == 0, "nobody needs another connection because the database is away"


def test_a_server_of_endless_patience_is_found_out(forked: Forked) -> None:
    async def suffer(server: Server) -> None:
        async with Asker(server, "asker") as asker:
            await asker.hears(was_accepted)
            await Outages(server, asker).frozen()

    with (
        forked.serving("mutants.endless_patience") as server,
        pytest.raises(AssertionError, match="did not hear it"),
    ):
        asyncio.run(asyncio.wait_for(suffer(server), 60))


async def _locked_row(server: Server, scenario: str) -> tuple[list[Answered], list[Answered]]:
    """What a sender into a conversation that is held locked hears, and what three others hear meanwhile."""
    installation = server.installation
    async with AsyncExitStack() as stack:
        askers = [await stack.enter_async_context(Asker(server, f"asker {number}")) for number in range(4)]
        for asker in askers:
            await asker.hears(was_accepted)
        async with await psycopg.AsyncConnection.connect(installation.database_url or "") as holder:
            query = "SELECT 1 FROM chat_conversation WHERE id = %s FOR UPDATE"
            await holder.execute(query, [askers[0].conversation])
            began = time.monotonic()
            await asyncio.sleep(LOCKED)
        ended = time.monotonic()
        for asker in askers:
            await asker.hears(lambda one: was_accepted(one) and one.at > ended)
        back = time.monotonic() - ended
        during = [[one for one in asker.answers if began < one.at < ended] for asker in askers]
        outcome = Outcome(scenario, "PostgreSQL", kills=1)
        senders = [asker.sender for asker in askers]
    show(verify(outcome, read_ledgers(installation), senders)).assert_clean()
    locked, others = during[0], [one for asker in during[1:] for one in asker]
    times = sorted(one.took for one in others)
    print(
        tabulate(
            [
                ["in it, slowest answer", f"{max(one.took for one in locked):.2f}", TOLD],
                ["others, p50", f"{times[len(times) // 2]:.3f}", ""],
                ["others, p99", f"{times[int(len(times) * 0.99)]:.3f}", OTHERS],
                ["back after", f"{back:.2f}", BACK],
            ],
            headers=["one conversation is locked", "s", "bar"],
        )
    )
    assert back < BACK * TOLERANCE
    return locked, others


def test_one_locked_conversation_holds_up_no_other(forked: Forked) -> None:
    with forked.serving() as server:
        locked, others = asyncio.run(_locked_row(server, f"a row locked for {LOCKED} s"))
    assert locked
    # The first may have been in before the lock was, the last after it had gone.
    assert len(locked) > 3
    assert all(was_put_off(one) for one in locked[1:-1])
    assert max(one.took for one in locked) < TOLD * TOLERANCE
    assert len(others) > LOCKED * 3, "they did write"
    assert all(was_accepted(one) for one in others)
    times = sorted(one.took for one in others)
    assert times[int(len(times) * 0.99)] < OTHERS * TOLERANCE


def test_a_server_that_waits_for_a_lock_with_everybody_is_found_out(forked: Forked) -> None:
    with forked.serving("mutants.wait_for_locks") as server:
        _, others = asyncio.run(_locked_row(server, "mutant: all wait for a lock"))
    assert not all(was_accepted(one) for one in others)


def _ready(server: Server) -> int:
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


async def _until(so: Callable[[], bool], what: str, *, within: float = 30.0) -> None:
    until = time.monotonic() + within
    while not await asyncio.to_thread(so):
        assert time.monotonic() < until, f"never: {what}"
        await asyncio.sleep(0.1)
