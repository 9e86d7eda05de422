"""A planned restart: nobody loses anything, and everybody is told with 1012 that it is one.

`RESTARTS=20 pytest tests/faults/test_drain.py` is the long run; `make soak` has it too.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from chat.consumers.leaving import RESTARTED
from chat.replay import link
from tests.faults import mutants
from tests.faults.profile import so_many, unless_soaking
from tests.faults.raw import Raw
from tests.faults.storm import Outcome, Storm
from tests.faults.verifier import show
from tests.support.cast import Cast
from tests.support.installation import Installation, Server
from tests.support.wire import Wire
from tools.services.process import listens

RESTARTS = so_many("RESTARTS", short=2, long=20)
#: How a process ends does not depend on the database.
on_sqlite = unless_soaking(pytest.mark.embedded)
RESTARTING = 1012
ROLLED = "All server processes are new"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 1.0)


def _restarts(server: Server, how_many: int) -> Outcome:
    statuses: list[int | None] = []

    async def restart() -> None:
        statuses.append(await asyncio.to_thread(server.stop))
        await asyncio.to_thread(server.start)

    storm = Storm(server, random.randrange(2**32))
    outcome = show(asyncio.run(storm.weather("planned restart", [restart] * how_many)))
    assert statuses == [0] * how_many, server.last_words()
    return outcome


@on_sqlite
def test_a_planned_restart_loses_nothing_and_surprises_nobody(server_factory: Callable[..., Server]) -> None:
    server = server_factory(DRAIN_SECONDS="2")
    outcome = _restarts(server, RESTARTS)
    outcome.assert_clean()
    assert set(outcome.closes) == {RESTARTING}, "nobody sees 1006"
    assert outcome.closes[RESTARTING] >= 9 * RESTARTS, "six customers and three consoles have been through it"


class EndsAbruptly(Server):
    """The mutant: a server that ends as Daphne does by itself, without a word to anybody."""

    def command(self) -> Sequence[str | Path]:
        """The mutant's own start."""
        return [sys.executable, Path(mutants.__path__[0]) / "end_abruptly.py"]


@on_sqlite
def test_a_server_that_ends_abruptly_is_found_out(installation_factory: Callable[..., Installation]) -> None:
    with EndsAbruptly(installation_factory(), {}) as server:
        outcome = _restarts(server, 1)
    assert outcome.closes[1006], "the test above could not fail"


@on_sqlite
async def test_while_it_drains_it_serves_whom_it_has_and_takes_nobody_new(
    server_factory: Callable[..., Server],
) -> None:
    # A hundred close in a second, so these hundred and twenty leave time to look.
    server = server_factory(SOCKETS_PER_CUSTOMER="1000")
    cast = Cast(server)
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("it will be restarted"))["id"]
    await ana.claim(begun)
    crowd = [await cast.visitor() for _ in range(120)]
    await asyncio.gather(*(one.connect() for one in crowd))
    assert server.process
    server.process.send_signal(signal.SIGTERM)
    for one in (mara, ana, *crowd):
        goodbye = await one.wire.wait(type="goodbye")
        assert goodbye["retry_after"] >= RESTARTED, "there is nowhere else to go before it is back"
    ready, missing = await asyncio.to_thread(_readiness, server)
    assert (ready, missing) == (503, ["draining"])
    with pytest.raises(InvalidStatus, match="503"):
        await Wire.open(f"{server.ws}/ws/customer/")
    assert {await one.wire.closed() for one in (mara, ana, *crowd)} == {RESTARTING}
    assert await asyncio.to_thread(server.process.wait, 20) == 0
    await cast.leave()


@on_sqlite
def test_once_all_have_been_told_nobody_new_keeps_it_from_ending(
    server_factory: Callable[..., Server],
) -> None:
    server = server_factory(DRAIN_SECONDS="1")
    lazy = Raw(
        f"{server.ws}/ws/customer/"
    )  # is told to close and takes its time, so there is a while to look
    assert server.process
    server.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 20
    while listens(server.port):
        assert time.monotonic() < deadline, "it listens on"
        time.sleep(0.02)
    time.sleep(0.2)  # not refused because it has ended
    assert server.process.poll() is None
    assert server.process.wait(20) == 0
    assert lazy.close_code() == RESTARTING
    lazy.close()


@pytest.mark.production
def test_processes_are_replaced_one_after_the_other_under_traffic(
    server_factory: Callable[..., Server],
) -> None:
    server = server_factory(PROCESSES="2", DRAIN_SECONDS="2", WORKER="false")
    before = _children(server)
    assert len(before) == 2

    async def roll() -> None:
        assert server.process
        rolled = server.log.read_text().count(ROLLED)
        os.kill(server.process.pid, signal.SIGHUP)
        while server.log.read_text().count(ROLLED) == rolled:
            await asyncio.sleep(0.1)

    async def kill_one() -> None:
        os.kill(random.choice(_children(server)), signal.SIGKILL)

    storm = Storm(server, random.randrange(2**32))
    faults = [roll, kill_one] * max(1, RESTARTS // 4)
    outcome = show(asyncio.run(storm.weather("processes replaced, killed", faults)))
    outcome.assert_clean()
    assert outcome.closes[RESTARTING] >= 9, "everybody was moved by the first replacement"
    after = _all_there(server)
    assert len(after) == 2
    assert not set(before) & set(after)
    assert server.stop() == 0, server.last_words()


@pytest.mark.production
async def test_who_is_sent_away_is_told_whether_there_is_somewhere_to_go(
    server_factory: Callable[..., Server],
) -> None:
    server = server_factory(PROCESSES="2", WORKER="false")
    cast = Cast(server)
    people = [await cast.customer() for _ in range(6)]
    assert server.process

    async def asked_to_wait() -> list[float]:
        goodbyes = [await one.wire.wait(type="goodbye", within=60) for one in people]
        assert {await one.wire.closed() for one in people} == {RESTARTING}
        return [goodbye["retry_after"] for goodbye in goodbyes]

    os.kill(server.process.pid, signal.SIGHUP)
    assert max(await asked_to_wait()) <= 2, "one process is replaced while the other serves"
    while server.log.read_text().count(ROLLED) == 0:
        await asyncio.sleep(0.1)
    for one in people:
        await one.session()
        await one.connect()
    server.process.send_signal(signal.SIGTERM)
    assert min(await asked_to_wait()) >= RESTARTED, "both end"
    await cast.leave()


@pytest.mark.production
async def test_connections_spread_over_the_processes(server_factory: Callable[..., Server]) -> None:
    """One that was away, for whatever reason, gets more than its turn until all have about the same."""
    server = server_factory(PROCESSES="2")
    late, other = (psutil.Process(child) for child in _children(server))
    late.suspend()
    wires = [await Wire.open(f"{server.ws}/ws/customer/") for _ in range(30)]
    assert _held(other) >= 30
    late.resume()
    wires += [await Wire.open(f"{server.ws}/ws/customer/") for _ in range(40)]
    held = [_held(late), _held(other)]
    for wire in wires:
        await wire.close()
    assert min(held) >= 31, held


def _all_there(server: Server) -> list[int]:
    """The children, once a killed one has been replaced, or after a while."""
    until = time.monotonic() + 30
    while len(_children(server)) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    return _children(server)


def _held(process: psutil.Process) -> int:
    return sum(one.status == "ESTABLISHED" for one in process.net_connections("tcp"))


@on_sqlite
def test_more_than_one_process_needs_more_than_a_file(
    installation_factory: Callable[..., Installation],
) -> None:
    installation = installation_factory(DATABASE_URL="", REDIS_URL="")
    with pytest.raises(RuntimeError, match="2 server processes need DATABASE_URL"):
        installation.server(PROCESSES="2")


@pytest.mark.production
def test_processes_end_with_their_supervisor(server_factory: Callable[..., Server]) -> None:
    server = server_factory(PROCESSES="2")
    children = [psutil.Process(child) for child in _children(server)]
    assert server.process
    os.kill(server.process.pid, signal.SIGKILL)
    _gone, alive = psutil.wait_procs(children, timeout=30)
    assert not alive, "they serve on although nobody looks after them"


def _children(server: Server) -> list[int]:
    assert server.process
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _readiness(server: Server) -> tuple[int, list[str]]:
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)["missing"]
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)["missing"]
