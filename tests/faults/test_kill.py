"""Accepted means durable: the server is killed again and again in the midst of traffic, and nothing is missing.

Killed at random moments, and at each point of a message's way (tests/faults/failing.py) in turn.
`KILLS=500 pytest tests/faults` is a long run; `make soak` is the longest.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from itertools import cycle

import pytest

from chat.replay import link
from tests.faults.failing import POINTS
from tests.faults.forked import Forked
from tests.faults.profile import rounds, so_many
from tests.faults.storm import Fault, Outcome, Storm
from tests.faults.verifier import show

KILLS = so_many("KILLS", 30, 500)
LEAST = min(KILLS, 30)
TRIES_FOR_A_MUTANT = 8  # at three moments of four it has accepted something that is not stored
ANYWHERE = ""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a server is back in a blink, and dies every second: waiting half a minute would miss it all."""
    monkeypatch.setattr(link, "BACKOFF_FIRST", 0.1)
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 0.5)


def _storm(server: Forked) -> Storm:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown by pytest when the test fails
    return Storm(server, seed)


def _deaths(storm: Storm, server: Forked, died: Counter[str]) -> Iterator[Fault]:
    """Kill after kill: at a random moment, then at each fail point, and again."""

    async def die() -> None:
        if server.fail_at == ANYWHERE:
            await asyncio.sleep(storm.dice.uniform(0, 0.3))
            await asyncio.to_thread(server.kill)
        else:
            await asyncio.to_thread(server.fail)
        died[server.fail_at] += 1
        server.fail_at = next(points)
        await asyncio.to_thread(server.start)

    points = cycle([*POINTS, ANYWHERE])
    return (die for _ in rounds(KILLS, least=LEAST))


def test_nothing_accepted_is_lost_when_the_server_is_killed(forked: Forked) -> None:
    died: Counter[str] = Counter()
    with forked.serving() as server:
        storm = _storm(server)
        outcome = show(asyncio.run(storm.weather("server killed", _deaths(storm, server, died))))
    print(died)
    outcome.assert_clean()
    assert LEAST <= outcome.kills == died.total()
    assert min(died[point] for point in (ANYWHERE, *POINTS)) >= outcome.kills // (len(POINTS) + 1)
    assert outcome.reconnects >= outcome.kills, "the clients have been through it"


def test_a_server_that_accepts_before_the_commit_is_found_out(forked: Forked) -> None:
    def killed_once() -> Outcome:
        storm = _storm(server)
        return asyncio.run(storm.weather("mutant: accepts before the commit", [storm.kill_server]))

    with forked.serving("mutants.accept_first") as server:
        assert any(show(killed_once()).lost for _ in range(TRIES_FOR_A_MUTANT)), (
            "the test above could not fail"
        )
