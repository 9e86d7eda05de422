"""A backup made in the midst of traffic is one state of all logs; after a restore everybody comes to agree with it."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chat.replay import link
from tests.conftest import InstallationFactory
from tests.faults import storm
from tests.faults.ledger import Ledger, read_ledgers
from tests.faults.profile import SOAK
from tests.faults.storm import Outcome, Say, Storm
from tests.faults.verifier import Sender, verify
from tests.support.cast import Records
from tests.support.clients import TechnicianClient
from tests.support.commands import manage
from tests.support.installation import Installation, Server

ROUNDS = 10 if SOAK else 1
RATE = 15.0  # messages a second of each sender
AGREEMENT = 60.0  # seconds; only a failing test waits this long

Accepted = dict[str, dict[str, str]]


@pytest.fixture(autouse=True)
def _few_and_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few conversations, so that another can write as much into each in a moment as everybody has."""
    monkeypatch.setattr(storm, "CONVERSATIONS", 3)
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 1.0)


class Traffic(Storm):
    """A storm that is not killed but backed up, stopped and restored."""

    async def begin(self) -> None:
        """Everybody is connected and writes."""
        await self._begin()
        await self.some()

    async def some(self) -> None:
        """Until everybody has been heard, several times in all."""
        for _ in range(ROUNDS):
            await self.traffic()

    def accepted(self) -> Accepted:
        """What they have been told is kept, so far."""
        told: Accepted = {pair.conversation: {} for pair in self.pairs}
        for sender in self.senders:
            told[sender.conversation].update(sender.accepted)
        return told

    async def calm(self) -> None:
        """Nobody writes; everybody stays connected."""
        self._blowing = False
        await asyncio.gather(*self._lanes)

    def astray(self, lost: bool) -> None:
        """Have everybody look for the server where nobody is, or where it is."""
        there, nowhere = self.server.ws, "ws://127.0.0.1:9"
        links = [pair.customer._asking() for pair in self.pairs] + [desk.link for desk in self._desks]
        for one in links:
            one._address = one._address.replace(*((there, nowhere) if lost else (nowhere, there)))

    async def left_behind(self, ledgers: dict[str, Ledger]) -> list[str]:
        """Who holds something else than the database, once all have heard how far the logs go."""
        await self._converge(ledgers)
        outcome = verify(Outcome(), ledgers, (), [one for pair in self.pairs for one in pair.holders()])
        for pair in self.pairs:
            await self._compare(pair, ledgers[pair.conversation], outcome)
        assert not outcome.unlike, "what the server tells is what the database holds"
        return outcome.left_behind

    async def agree(self, ledgers: dict[str, Ledger]) -> None:
        """Wait until what everybody holds is what the database holds."""
        for _ in range(int(AGREEMENT * 10)):
            holders = [one for pair in self.pairs for one in pair.holders()]
            if not verify(Outcome(), ledgers, (), holders).left_behind:
                return
            await asyncio.sleep(0.1)

    async def end(self) -> None:
        """Everybody goes."""
        for lane in self._lanes:
            lane.cancel()
        await self._end()

    async def _lane(self, sender: Sender, say: Say) -> None:
        while self._blowing:
            client_id, text = str(uuid.uuid4()), f"{sender.name} {sender.sent}"
            sender.sent += 1
            await say(client_id, text)
            sender.accepted.append((client_id, text))
            await asyncio.sleep(self.dice.expovariate(RATE))


def complaints(before: Accepted, restored: dict[str, Ledger], whole: dict[str, Ledger]) -> list[str]:
    """What a backup lacks that was accepted before it began, or has that never was: half a batch, a hole, a head."""
    found = []
    for conversation, accepted in before.items():
        ledger = restored.get(conversation)
        if ledger is None:
            found.append(f"{conversation} is not there")
            continue
        stored = dict(ledger.messages(for_customer=False))
        found += [f"{text!r} is lost" for key, text in accepted.items() if stored.get(key) != text]
        found += [f"{conversation} has holes"] * bool(ledger.holes())
        if ledger.rows != whole[conversation].rows[: len(ledger.rows)]:
            found.append(f"{conversation} is another log")
    return found


def copied(installation: Installation, folder: Path) -> dict[str, Ledger]:
    """The mutant: the database's file, copied while it is written to, and opened as if it were a backup."""
    copy = folder / f"{uuid.uuid4()}.sqlite3"
    shutil.copyfile(installation.sqlite, copy)
    try:
        with closing(sqlite3.connect(copy)) as opened:
            opened.execute("PRAGMA journal_mode=DELETE")
        return read_ledgers(cast(Installation, SimpleNamespace(database_url=None, sqlite=copy)))
    except (sqlite3.DatabaseError, LookupError):
        return {}


async def write_past(server: Server, traffic: Traffic, ledgers: dict[str, Ledger]) -> None:
    """Somebody else writes into each conversation until its log is longer than anything its clients hold."""
    async with TechnicianClient(server.url, "ana", server.password) as ana:
        await ana.connect()
        for pair in traffic.pairs:
            ledger = ledgers[pair.conversation]
            more = (
                max(pair.technicians.last - ledger.last_seq, pair.customers.last - ledger.customer_last_seq)
                + 5
            )
            fields: dict[str, Any] = {"conversation": pair.conversation, "text": "of another life"}
            for _ in range(more - 1):
                await ana.wire.send("message.send", client_id=str(uuid.uuid4()), **fields)
            await ana.do("message.send", client_id=str(uuid.uuid4()), **fields)


def epoch_of(installation: Installation) -> uuid.UUID:
    [(value,)] = Records(installation).ask("SELECT value FROM chat_epoch")
    return uuid.UUID(str(value))


async def test_backed_up_under_traffic_and_restored_to_the_satisfaction_of_all(
    installation_factory: InstallationFactory, tmp_path: Path
) -> None:
    place, fresh = installation_factory(HEARTBEAT="1", SWEEP="0.5"), installation_factory(fresh=True)
    server, file = place.server(), tmp_path / "backup.tar.gz"
    traffic = Traffic(server, seed := random.randrange(2**32))
    print(f"seed {seed}")
    try:
        await traffic.begin()
        before = traffic.accepted()
        copies = [] if place.database_url else [copied(place, tmp_path) for _ in range(5)]
        await asyncio.to_thread(manage, place, "backup", file)
        await traffic.some()
        await traffic.calm()
        whole = read_ledgers(place)
        assert sum(len(ledger.rows) for ledger in whole.values()) > sum(map(len, before.values())) + 20

        # Into an installation that never was.
        await asyncio.to_thread(manage, fresh, "restore", file)
        restored = read_ledgers(fresh)
        assert complaints(before, restored, whole) == []
        assert sorted(Records(fresh).ask("SELECT app, name FROM django_migrations")) == sorted(
            Records(place).ask("SELECT app, name FROM django_migrations")
        )
        if copies:
            assert any(complaints(before, copy, whole) for copy in copies), "the check above could not fail"

        # Over the installation they all are connected to.
        first = epoch_of(place)
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(manage, place, "restore", "--yes", file)
        assert epoch_of(place) not in {first, epoch_of(fresh)}
        assert read_ledgers(place).keys() == restored.keys()

        # The mutant: had the epoch stayed the same, whoever comes back to a log that has grown past what they hold
        # would believe that it is what they hold.
        Records(place).ask("UPDATE chat_epoch SET value = ?", first)
        traffic.astray(True)
        await asyncio.to_thread(server.start)
        await write_past(server, traffic, restored)
        traffic.astray(False)
        grown = read_ledgers(place)
        assert await traffic.left_behind(grown), "the check below could not fail"

        # A new epoch heals them while they are connected.
        await asyncio.to_thread(manage, place, "new_epoch")
        await traffic.agree(grown)
        assert await traffic.left_behind(grown) == []
    finally:
        await traffic.end()
