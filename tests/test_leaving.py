"""How a process sends its sockets away: spread, and each with a time of its own to come back."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest

from chat.consumers import leaving
from chat.consumers.base import Socket


class Told:
    """A socket that notes what it is told and when its turn comes."""

    def __init__(self, closed: list[Told]) -> None:
        self.wait, self._closed = 0.0, closed

    def tell(self, frame: dict[str, Any]) -> None:
        """Hear the goodbye."""
        assert frame["type"] == "goodbye"
        self.wait = frame["retry_after"]

    async def leave(self, code: int, *, within: float) -> None:
        """Be closed."""
        assert code == 1012
        self._closed.append(self)


async def _part(how_many: int, *, elsewhere: bool) -> list[float]:
    """After which time each was asked to come back, in the order in which they were closed."""
    closed: list[Told] = []
    sockets = [Told(closed) for _ in range(how_many)]
    await leaving.part([cast(Socket, one) for one in sockets], elsewhere=elsewhere)
    assert set(closed) == set(sockets)
    return [one.wait for one in closed]


async def test_where_others_serve_they_go_there_at_once() -> None:
    assert all(0.2 <= wait <= 2 for wait in await _part(50, elsewhere=True))


async def test_where_nobody_else_does_each_comes_back_at_a_time_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not before all are closed and the next process had time to start, and never all at the same moment."""
    monkeypatch.setattr(leaving, "BACK_A_SECOND", 20)
    window = 1.0  # so few are closed within a second
    back = [window * place / 100 + wait for place, wait in enumerate(await _part(100, elsewhere=False))]
    assert back[0] >= window + leaving.RESTARTED - 0.01
    for one, other in itertools.pairwise(back):
        assert other - one == pytest.approx(1 / 20, abs=0.02)


async def test_the_window_may_be_nothing(settings: Any) -> None:
    settings.RAPPORT = {**settings.RAPPORT, "DRAIN_SECONDS": 0}
    waits = await _part(500, elsewhere=False)
    assert waits == sorted(waits)
    assert waits[0] == leaving.RESTARTED, "all are closed at once, and wait for nothing but the start"
    assert await _part(0, elsewhere=False) == []
