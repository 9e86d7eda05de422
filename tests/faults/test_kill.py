"""Accepted means durable: the server is killed again and again in the midst of traffic, and nothing is missing.

`KILLS=500 pytest tests/faults` is the long run.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from chat.replay import link
from tests.faults import mutants
from tests.faults.storm import Outcome, Storm
from tests.support.installation import Installation, Server

KILLS = int(os.environ.get("KILLS", "4"))
TRIES_FOR_A_MUTANT = 8  # at three moments of four it has accepted something that is not stored


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a server is away for seconds and dies every few seconds: waiting half a minute would miss it all."""
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 1.0)


def _storm(server: Server, kills: int) -> Outcome:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown by pytest when the test fails
    outcome = asyncio.run(Storm(server, seed).run(kills))
    print(outcome)
    return outcome


def test_nothing_accepted_is_lost_when_the_server_is_killed(server_factory: Callable[..., Server]) -> None:
    outcome = _storm(server_factory(), KILLS)
    assert outcome.kills == KILLS
    assert outcome.reconnects >= KILLS, "the clients have been through it"
    assert not outcome.lost
    assert not outcome.doubled
    assert not outcome.holes
    assert not outcome.unlike
    assert not outcome.left_behind


class AcceptsFirst(Server):
    """The mutant: a server whose writer says `accepted` before the commit."""

    def command(self) -> Sequence[str | Path]:
        """The mutant's own start."""
        return [sys.executable, Path(mutants.__path__[0]) / "accept_first.py"]


def test_a_server_that_accepts_before_the_commit_is_found_out(
    installation_factory: Callable[..., Installation],
) -> None:
    with AcceptsFirst(installation_factory(), {}) as server:
        assert any(_storm(server, 1).lost for _ in range(TRIES_FOR_A_MUTANT)), "the test above could not fail"
