"""Workers are killed at random while mails go out: each arrives, twice only where nobody could know that it had."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import InstallationFactory
from tests.faults import mutants
from tests.faults.profile import shown_on, so_many
from tests.support import worker
from tests.support.cast import Records, until
from tests.support.installation import Installation, Server
from tests.support.mailbox import MailServer
from tools.environment import ROOT

pytestmark = shown_on("production")

KILLS = so_many("WORKER_KILLS", 2, 30)
MAILS = 150 * KILLS
LEASE = 8.0  # seconds: far more than one mail takes here, so that only the dead lose theirs
DOMAIN = "chat.example"


@pytest.fixture
def post() -> Iterator[MailServer]:
    """A mail server that takes its time, so that a kill finds mails in every state."""
    with MailServer(pause=0.02) as server:
        yield server


@pytest.fixture
def server(installation_factory: InstallationFactory, post: MailServer) -> Iterator[Server]:
    """A server that is not started: its database was prepared, and workers need nothing else of it."""
    made = installation_factory(
        WORKER="false", EMAIL_URL=f"smtp://127.0.0.1:{post.port}", MAIL_FROM=f"help@{DOMAIN}"
    )
    server = Server(made, {"DEMO": "false"})
    yield server
    server.close()


def queue(installation: Installation, count: int) -> None:
    """Mails that wait."""
    at, until_then = datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)
    if not installation.database_url:
        at, until_then = (one.replace(tzinfo=None).isoformat(" ") for one in (at, until_then))  # type: ignore[assignment]
    values: list[object] = []
    for number in range(count):
        values += [uuid4(), f"m{number}@oldmail.example", at, at, until_then]
    row = "(?, 'confirm', ?, 'Was this you', 'canary', NULL, 'waiting', ?, ?, ?, 0, '', NULL)"
    Records(installation).ask(
        'INSERT INTO chat_mail (id, kind, "to", subject, text, conversation, state, at, due_at, expires_at, tries,'
        f" error, done_at) VALUES {', '.join([row] * count)}",
        *values,
    )


def complaints(installation: Installation, post: MailServer, kills: int) -> list[str]:
    """What is not as promised once every mail is marked as sent."""
    ours = Records(installation).ask("SELECT \"to\", tries FROM chat_mail WHERE subject = 'Was this you'")
    tries: dict[str, int] = dict(ours)
    copies = Counter(one.to[0] for one in post.taken if one.to[0] in tries)
    ids = {to: {one.message["Message-ID"] for one in post.taken if one.to == [to]} for to in copies}
    found = [f"{to} never arrived" for to in tries if not copies[to]]
    # Each claim is one try. More copies than tries: two workers held the same mail at once.
    found += [
        f"{to} was handed in {copies[to]} times in {tries[to]} tries"
        for to in copies
        if copies[to] > tries[to]
    ]
    found += [f"{to} came under {len(ids[to])} names" for to in copies if len(ids[to]) > 1]
    taken_over = sum(count > 1 for count in tries.values())
    if taken_over > kills:
        found.append(f"{taken_over} mails were claimed again after {kills} kills")
    return found


class Workers:
    """Two worker processes, each started again as soon as it is killed."""

    def __init__(self, server: Server, program: Path) -> None:
        self.server, self.program = server, program
        self.running = [self._start(), self._start()]

    def kill_one(self, dice: random.Random) -> None:
        """SIGKILL, then another in its place."""
        number = dice.randrange(2)
        self.running[number].kill()
        self.running[number].wait()
        self.running[number] = self._start()

    def close(self) -> None:
        """End both."""
        for one in self.running:
            one.kill()
            one.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(self.program), str(LEASE)]
        with self.server.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=dict(self.server.environment()), stdout=log, stderr=log
            )


async def send(server: Server, post: MailServer, program: Path, mails: int, kills: int) -> list[str]:
    """Have so many mails sent through so many kills; the complaints."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice, records = random.Random(seed), Records(server.installation)
    queue(server.installation, mails)
    workers = Workers(server, program)
    try:
        for number in range(kills):
            await until(lambda due=mails * (number + 1) // (kills + 2): len(post.given) >= due, within=120)  # type: ignore[misc]
            await asyncio.sleep(dice.uniform(0, 0.1))
            await asyncio.to_thread(workers.kill_one, dice)
        await until(lambda: not records.ask("SELECT 1 FROM chat_mail WHERE state = 'waiting'"), within=180)
    finally:
        workers.close()
    return complaints(server.installation, post, kills)


async def test_killed_workers_lose_no_mail_and_double_only_what_nobody_could_know(
    server: Server, post: MailServer
) -> None:
    assert await send(server, post, Path(worker.__file__), MAILS, KILLS) == []
    assert {one.text.strip() for one in post.taken} == {"canary"}


async def test_workers_that_claim_without_a_lock_are_found_out(server: Server, post: MailServer) -> None:
    program = Path(mutants.__path__[0]) / "claim_unlocked.py"
    found = await send(server, post, program, 60, 0)
    assert any("in 1 tries" in one for one in found), "the test above could not fail"
