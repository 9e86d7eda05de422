"""A cache that is away, or was emptied: nobody waits for it twice, and what this process kept is still known."""

from __future__ import annotations

from typing import Any

import pytest
from redis.exceptions import ConnectionError  # noqa: A004  (Redis's own)

from chat import limits, memory
from chat.limits import Buckets


class Redis:
    """A cache that answers, or does not, and counts how often it was asked."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.away = False
        self.asked = 0

    def get(self, key: str) -> Any:
        self._ask()
        return self.kept.get(key)

    def set(self, key: str, value: Any, _seconds: float) -> None:
        self._ask()
        self.kept[key] = value

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise ConnectionError


@pytest.fixture
def cache(monkeypatch, settings) -> Redis:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    made = Redis()
    monkeypatch.setattr(memory, "cache", made)
    monkeypatch.setattr(memory, "_patience", memory.Patience(rest=3600))
    monkeypatch.setattr(memory, "_held", type(memory._held)())
    return made


def test_what_this_process_has_kept_outlives_an_emptied_cache(cache: Redis) -> None:
    memory.keep("visit", {"os": "Linux"}, 60)
    cache.kept["visit"] = {"os": "what another process kept since"}
    assert memory.recall("visit") == {"os": "what another process kept since"}
    cache.kept.clear()
    assert memory.recall("visit") == {"os": "Linux"}
    memory.keep("visit", {"os": "Linux"}, 0)
    cache.kept.clear()
    assert memory.recall("visit", "nothing") == "nothing", "but no longer than it was to be kept"


def test_a_cache_that_is_away_is_asked_once_and_then_rests(cache: Redis, monkeypatch) -> None:
    cache.away = True
    memory.keep("visit", 1, 60)
    assert [memory.recall("visit") for _ in range(10)] == [1] * 10
    assert cache.asked == 1
    monkeypatch.setattr(memory._patience, "_again_at", 0.001)  # the rest is over
    cache.away = False
    memory.keep("visit", 2, 60)
    assert memory.recall("visit") == cache.kept["visit"] == 2
    assert cache.asked == 3


def test_what_is_held_here_is_bounded(cache: Redis, monkeypatch) -> None:
    monkeypatch.setattr(memory, "MOST_HELD", 3)
    for number in range(5):
        memory.keep(str(number), number, 60)
    assert list(memory._held) == ["2", "3", "4"]


def test_a_limit_counts_for_itself_when_redis_cannot(settings, monkeypatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # nobody listens there
    monkeypatch.setattr(limits, "_patience", memory.Patience())
    limits._script.cache_clear()
    try:
        buckets = Buckets(0.001, 3, name="test")
        assert [buckets.take("somebody") == 0 for _ in range(5)] == [True, True, True, False, False]
        assert not buckets.has("somebody")
        assert buckets.has("somebody else")
    finally:
        limits._script.cache_clear()


@pytest.mark.production
def test_a_limit_of_all_processes_lets_through_what_one_would() -> None:
    several = [Buckets(0.001, 4, name="test") for _ in range(3)]  # as if each was in a process of its own
    taken = [several[number % 3].take("somebody") for number in range(9)]
    assert [wait == 0 for wait in taken] == [True] * 4 + [False] * 5
    assert 900 < taken[-1] <= 1000, "the time until there is one"
    assert not any(one.has("somebody") for one in several)
    assert several[0].take("somebody else") == 0
