"""A queue of thousands: who is near the front hears of every step, who is far back of those that matter."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from chat.hub import hub, topics
from chat.hub.hub import Hub
from chat.queue import board

WAITING = 2_000


class Ear:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told = 0

    def push(self, text: str) -> None:
        self.told += 1


async def frames_of_twenty_claims(monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[tuple[int, int]]]:
    """How many frames twenty claims at the front cost, and (told, true) places at the end."""
    people = [(uuid4(), uuid4()) for _ in range(WAITING)]
    here, ear = Hub(), Ear()
    monkeypatch.setattr(hub, "current", lambda: here)
    for _, customer in people:
        await here.follow(topics.customer(customer), ear)
    gone = 0

    def places(customers: set[str]) -> dict[UUID, tuple[UUID, int, int | None]]:
        left = people[gone:]
        return {talk: (who, place, place * 10) for place, (talk, who) in enumerate(left, 1)}

    monkeypatch.setattr(board, "_places", places)
    queue = board.Board()
    await queue.tell_positions()
    assert ear.told == WAITING, "everybody is told a place at first"
    ear.told = 0
    for _ in range(20):
        gone += 1
        await queue.tell_positions()
    here.leave(ear)
    return ear.told, [(queue._placed[talk][0], place) for place, (talk, _) in enumerate(people[gone:], 1)]


async def test_a_claim_in_a_long_queue_does_not_write_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, places = await frames_of_twenty_claims(monkeypatch)
    assert frames < 20 * WAITING / 4
    assert all(told == true for told, true in places[: board.FAR_BACK])
    assert all(abs(told - true) <= true / 50 + 1 for told, true in places)


async def test_the_mutant_that_tells_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "_much_the_same", lambda told, now: told == now)
    frames, _ = await frames_of_twenty_claims(monkeypatch)
    assert frames > 20 * (WAITING - 21)
