"""The disk is full, or SQLite is locked by another program: nobody is told that it was stored, and all can still read."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager

import pytest
from tabulate import tabulate

from tests.faults.asker import Asker, was_accepted, was_put_off, was_refused
from tests.faults.forked import BRISK, Forked
from tests.faults.ledger import read_ledgers
from tests.faults.profile import so_many
from tests.faults.small import Disk, SmallPostgreSQL, small_disk
from tests.faults.verifier import Holder, Outcome, show, verify
from tests.support.installation import Installation, Server

#: Seconds: within which a sender has to be told, and all has to be back; asserted is TOLERANCE times as much.
TOLD, BACK = 3.0, 5.0
TOLERANCE = 2.0
FULL = so_many("FULL_SECONDS", 2, 20)
EVENTS = "/api/widget/v1/conversations/{}/events"


async def _without(
    server: Server, scenario: str, take: Callable[[], None], give: Callable[[], None], *, honest: bool = True
) -> Outcome:
    """Three senders while something they need is taken away for a time; they go on reading where `honest`."""
    async with AsyncExitStack() as stack:
        askers = [await stack.enter_async_context(Asker(server, f"asker {number}")) for number in range(3)]
        for asker in askers:
            await asker.hears(was_accepted)
        began = time.monotonic()
        try:
            await asyncio.to_thread(take)
            for asker in askers if honest else ():
                await asker.hears(was_put_off, within=FULL + TOLD * TOLERANCE)
            until = time.monotonic() + FULL
            while time.monotonic() < until:
                await asyncio.gather(*(_read(asker) for asker in askers if honest))
                await asyncio.sleep(0.2)
        finally:
            await asyncio.to_thread(give)
        again = time.monotonic()
        for asker in askers:
            await asker.hears(lambda one: was_accepted(one) and one.at > again)
        back = time.monotonic() - again
        heard = [one for asker in askers for one in asker.answers if one.at > began]
        holders = [
            Holder(asker.name, asker.conversation, True, await _everything(asker, stack)) for asker in askers
        ]
    database = "PostgreSQL" if server.installation.postgresql else "SQLite"
    slowest = max(one.took for one in heard)
    rows = [["slowest answer", f"{slowest:.2f}", TOLD], ["back after", f"{back:.2f}", BACK]]
    print(tabulate(rows, headers=[scenario, "s", "bar"]))
    outcome = Outcome(scenario, database, kills=1)
    verify(outcome, read_ledgers(server.installation), [asker.sender for asker in askers])
    if not outcome.lost:
        verify(outcome, read_ledgers(server.installation), (), holders)
    assert not [one for one in heard if was_refused(one)]
    assert slowest < TOLD * TOLERANCE
    assert back < BACK * TOLERANCE
    return show(outcome)


async def _read(asker: Asker) -> None:
    """Over the socket and over HTTP: what was accepted is there."""
    stored = {event["message"]["client_id"] for event in await asker.client.everything(asker.conversation)}
    assert {key for key, _ in asker.sender.accepted[:50]} <= stored
    page = await asker.client.http.get(EVENTS.format(asker.conversation), params={"after": 0})
    assert page.status_code == 200
    assert page.json()["events"]


async def _everything(asker: Asker, stack: AsyncExitStack) -> list[tuple[str, str]]:
    """What the customer holds in the end, when they write no more."""
    await asker.rest()
    events = await asker.client.everything(asker.conversation)
    return [(event["message"]["client_id"], event["message"]["text"]) for event in events]


@pytest.fixture(scope="module")
def on_small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Forked, Disk]]:
    """Servers of an installation on SQLite whose data folder is on a disk that can be filled."""
    folder = tmp_path_factory.mktemp("small") / "disk"
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(folder, 128))
        installation = Installation(data=folder / "data")
        stack.callback(installation.close)
        server = Forked(installation, BRISK)
        stack.callback(server.close)
        yield server, disk


@pytest.mark.embedded
def test_a_full_disk_loses_nothing_on_sqlite(on_small_disk: tuple[Forked, Disk]) -> None:
    forked, disk = on_small_disk
    with forked.serving() as server:
        asyncio.run(_without(server, "disk full", disk.fill, disk.free)).assert_clean()


@pytest.mark.embedded
def test_a_server_that_overlooks_a_full_disk_is_found_out(on_small_disk: tuple[Forked, Disk]) -> None:
    forked, disk = on_small_disk
    scenario = "mutant: overlooks a full disk"
    with forked.serving("mutants.accept_anyway") as server:
        assert asyncio.run(_without(server, scenario, disk.fill, disk.free, honest=False)).lost


@pytest.mark.production
def test_a_full_disk_loses_nothing_on_postgresql() -> None:
    installation = Installation(own_postgresql=SmallPostgreSQL)
    try:
        assert isinstance(installation.postgresql, SmallPostgreSQL)
        disk = installation.postgresql.disk
        with Forked(installation, BRISK) as server:
            asyncio.run(_without(server, "disk full", disk.fill, disk.free)).assert_clean()
    finally:
        installation.close()


@contextmanager
def _lock(installation: Installation) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """Take and give SQLite's lock for writing, as another program."""
    with closing(
        sqlite3.connect(installation.sqlite, isolation_level=None, check_same_thread=False)
    ) as other:
        yield lambda: _do(other, "BEGIN IMMEDIATE"), lambda: _do(other, "ROLLBACK")


def _do(connection: sqlite3.Connection, statement: str) -> None:
    connection.execute(statement)


@pytest.mark.embedded
def test_sqlite_locked_by_another_program_puts_off(forked: Forked) -> None:
    with forked.serving() as server, _lock(server.installation) as (take, give):
        asyncio.run(_without(server, "SQLite locked", take, give)).assert_clean()


@pytest.mark.embedded
def test_a_server_of_endless_patience_is_found_out_on_sqlite(forked: Forked) -> None:
    with (
        forked.serving("mutants.endless_patience") as server,
        _lock(server.installation) as (take, give),
        pytest.raises(AssertionError, match="did not hear it"),
    ):
        asyncio.run(_without(server, "mutant: endless patience", take, give))
