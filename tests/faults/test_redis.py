"""Redis flushed, cut off, stopped, started again, frozen: between two processes, under traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from tests.faults.chatter import Chatter, Treated
from tests.support.installation import Installation

pytestmark = pytest.mark.production

#: Nothing but the hub or a sweep may bring what was said: no heartbeat comes, and nobody reconnects.
SETTINGS = {"SWEEP": "2", "HEARTBEAT": "300"}
SWEEPS = 20.0  # seconds: many sweeps
#: Messages one after the other that sweeps alone would need 12 s for.
IN_TURN: dict[str, Any] = {"so_many": 6, "within": 8.0}

Fault = Callable[[Installation], Iterator[None]]


def at(installation: Installation) -> redis.Redis:
    assert installation.redis is not None
    return redis.Redis.from_url(installation.redis.url, socket_timeout=5)


@contextmanager
def flushed(installation: Installation) -> Iterator[None]:
    """Everything it held is gone; its connections stay."""
    with at(installation) as client:
        client.flushall()
    yield


@contextmanager
def cut(installation: Installation) -> Iterator[None]:
    """It closes every connection that anybody has."""
    with at(installation) as client:
        for kind in ("pubsub", "normal"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    yield


@contextmanager
def stopped(installation: Installation) -> Iterator[None]:
    """It is not there, and comes back empty."""
    assert installation.redis is not None
    installation.redis.kill()
    yield
    installation.redis.start()


@contextmanager
def frozen(installation: Installation) -> Iterator[None]:
    """It takes connections and says nothing."""
    assert installation.redis is not None
    installation.redis.pause()
    yield
    installation.redis.resume()


async def test_redis_may_do_what_it_likes(installation_factory: Callable[..., Installation]) -> None:
    installation = installation_factory(**SETTINGS)
    here, there = installation.server(), installation.server()
    async with Chatter(here, there) as chat:
        await _prompt_again(chat)
        for fault in (flushed, cut, stopped, frozen):
            began = len(chat.said)
            with fault(installation):
                await chat.say(5)
                newcomer = (
                    await chat.meet()
                )  # opens a session, begins, is seen and answered at the other process
                await chat.last_words()
                await chat.arrived(within=SWEEPS)  # while it lasts
                assert newcomer.customers.last >= 4
            await chat.say(5)
            await chat.arrived(within=SWEEPS)
            await _prompt_again(chat)
            print(f"{fault.__name__}: {chat.delays(began)}")
        assert not await chat.unlike()
        assert chat.reconnects == 0, "nobody's socket was closed"


async def _prompt_again(chat: Chatter) -> None:
    """Wait until the hub brings again what is said, in both directions, and no sweep is needed."""
    for from_customer in (True, False):
        for tries_left in (2, 1, 0):
            try:
                await chat.in_turn(**IN_TURN, from_customer=from_customer)
                break
            except TimeoutError:
                if not tries_left:
                    raise


@pytest.mark.soak
async def test_a_bus_that_stays_away_is_found_out(installation_factory: Callable[..., Installation]) -> None:
    """Late: its connections to Redis stay cut. Deaf: and its sweep tells nobody what was missed."""
    installation = installation_factory(**SETTINGS)
    with Treated(installation, "no-return") as late, Treated(installation, "no-return", "no-feed") as deaf:
        here = installation.server()
        async with Chatter(here, late, pairs=1) as to_late, Chatter(here, deaf, pairs=1) as to_deaf:
            for chat in (to_late, to_deaf):
                await chat.in_turn(**IN_TURN)
            with cut(installation):
                await to_deaf.last_words()
                with pytest.raises(TimeoutError):
                    await to_late.in_turn(**IN_TURN)
                await to_late.arrived(within=SWEEPS)  # late, but not lost
                with pytest.raises(AssertionError):
                    await to_deaf.arrived(within=1)
