"""Which pages may open a socket: looked up once for all who come."""

from __future__ import annotations

import asyncio

import pytest

from chat.consumers import origins
from chat.consumers.origins import Origins
from chat.errors import Unavailable

SHOP = "https://shop.example"


class Database:
    """Answers one after another, counts, and takes a moment."""

    def __init__(self, *answers: frozenset[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, _: object) -> frozenset[str]:
        """As `in_database`."""
        self.asked += 1
        await asyncio.sleep(0.01)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_one_look_for_all_who_come_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(frozenset({SHOP}), frozenset())
    monkeypatch.setattr(origins, "in_database", database)
    known = Origins()
    assert await asyncio.gather(*(known.allow(SHOP) for _ in range(100))) == [True] * 100
    assert not await known.allow("https://eve.example")
    assert database.asked == 1
    monkeypatch.setattr(origins, "GOOD_FOR", 0.0)
    known._until = 0.0
    assert not await known.allow(SHOP), "taken from the list a second ago"
    assert database.asked == 2


async def test_whoever_gives_up_does_not_end_the_look_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "in_database", Database(frozenset({SHOP})))
    known = Origins()
    first, second = (asyncio.create_task(known.allow(SHOP)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second


async def test_a_database_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "in_database", Database(Unavailable(), frozenset({SHOP})))
    known = Origins()
    found = await asyncio.gather(*(known.allow(SHOP) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [Unavailable] * 3
    assert await known.allow(SHOP)
