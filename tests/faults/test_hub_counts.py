"""What several processes allow together: without Redis' count each of them would allow all of it by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from chat.hub.census import Census
from chat.hub.hub import Hub
from chat.limits import Buckets

pytestmark = pytest.mark.production

MOST = 3
BURST = 12


class Window:
    """A socket, as far as a hub knows."""

    def push(self, text: str) -> None:
        """Nothing is sent here."""


@pytest.fixture
async def two(settings: Any) -> AsyncIterator[tuple[Hub, Hub]]:
    """The hubs of two processes, connected."""
    hubs = Hub(settings.REDIS_URL), Hub(settings.REDIS_URL)
    yield hubs
    for hub in hubs:
        await hub.close()


async def _let_in(two: tuple[Hub, Hub]) -> int:
    """How many of a customer's windows both let in, in turn."""
    mara = uuid4()
    for hub in two:
        await hub.follow("c:somebody", Window())  # has Redis confirm that this process is there
    return sum([await two[turn % 2].admit(Window(), mara, [mara], MOST) for turn in range(2 * MOST + 2)])


def _given() -> int:
    """How many tokens two processes give of one bucket, in turn."""
    name = uuid4().hex
    both = [Buckets(0.001, BURST, name=name) for _ in range(2)]
    return sum(not both[turn % 2].take("an address") for turn in range(2 * BURST + 2))


async def test_windows_are_counted_in_all_processes_together(two: tuple[Hub, Hub]) -> None:
    assert await _let_in(two) == MOST


def test_rates_are_counted_in_all_processes_together() -> None:
    assert _given() == BURST


async def test_a_hub_that_counts_only_its_own_windows_is_found_out(
    two: tuple[Hub, Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Census.elsewhere

    async def nobody(self: Census, customer: Any, here: int) -> int:
        await elsewhere(self, customer, here)
        return 0

    monkeypatch.setattr(Census, "elsewhere", nobody)
    assert await _let_in(two) == 2 * MOST, "the test above could not fail"


def test_a_rate_that_is_counted_by_each_process_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere: Callable[..., float] = Buckets._everywhere

    def alone(self: Buckets, key: str, *, take: bool) -> float:
        everywhere(self, key, take=take)
        return 0.0

    monkeypatch.setattr(Buckets, "_everywhere", alone)
    assert _given() == 2 * BURST, "the test above could not fail"
