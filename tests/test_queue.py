"""Who waits, in which place, for how long; and what consoles are told of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.services import be_present, choose_availability
from chat.log.append import append
from chat.log.entries import Claim, Entry, Release
from chat.models import Conversation
from chat.queue import board
from chat.queue.pace import ENOUGH, estimate, seconds_between_claims
from chat.selectors.lists import mine_and_waiting
from tests.support.cast import Cast, until
from tests.support.clients import CustomerClient
from tests.support.log import begin, technician
from tests.support.wire import Frame


def place(mara: CustomerClient, conversation: str) -> int | None:
    """The last position told."""
    told = mara.wire.of_type("queue", conversation=conversation)
    return told[-1]["position"] if told else None


async def placed(mara: CustomerClient, conversation: str, position: int) -> None:
    """She is told that place."""
    await until(lambda: place(mara, conversation) == position)


async def test_positions_move_up_as_others_are_claimed(brisk_cast: Cast) -> None:
    ana = await brisk_cast.technician("ana")
    for row in ana.welcome["conversations"]:
        if row["status"] == "waiting":
            await ana.claim(row["id"])
    people = [await brisk_cast.customer() for _ in range(3)]
    begun = [(await one.start(f"customer {number}"))["id"] for number, one in enumerate(people)]
    for number, (one, conversation) in enumerate(zip(people, begun, strict=True)):
        await placed(one, conversation, number + 1)
    await ana.claim(begun[1])
    await placed(people[2], begun[2], 2)
    assert place(people[0], begun[0]) == 1
    await ana.do("conversation.release", conversation=begun[1])
    await placed(people[1], begun[1], 3)
    assert place(people[2], begun[2]) == 2, "who was given back does not push others down"
    # Somebody who comes back is told at once, changed or not.
    await people[0].session()
    await people[0].connect()
    await placed(people[0], begun[0], 1)
    for conversation in begun:
        await ana.claim(conversation)


async def test_rows_come_in_the_order_of_waiting(cast: Cast) -> None:
    mara = await cast.customer()
    begun = [(await mara.start(f"number {number}"))["id"] for number in range(4)]
    ana = await cast.technician("ana")
    await ana.claim(begun[1])
    await ana.do("conversation.release", conversation=begun[1])
    await ana.connect()
    waiting = [row for row in ana.welcome["conversations"] if row["status"] == "waiting"]
    times = [row["waiting_since"] for row in waiting]
    assert times == sorted(times), "longest waiting first"
    mine = [row["id"] for row in waiting if row["id"] in begun]
    assert mine == [begun[0], begun[2], begun[3], begun[1]]


async def test_consoles_are_told_in_order_and_end_with_what_a_fresh_one_sees(cast: Cast) -> None:
    mara, bo, ana = await cast.customer(), await cast.technician("bo"), await cast.technician("ana")
    begun = [(await mara.start(f"number {number}"))["id"] for number in range(6)]
    for conversation in begun[:3]:
        await bo.claim(conversation)
    await mara.say(begun[3], "still here")
    await bo.do("conversation.release", conversation=begun[0])
    await bo.resolve(begun[1], problem="p", cause="c", fix="f")
    await mara.say(begun[1], "it came back")

    def settled() -> bool:
        last: dict[str, Frame] = {}
        for frame in ana.wire.of_type("queue"):
            last[frame["conversation"]] = frame
        waiting = {one for one in begun if one in last and last[one]["change"] != "removed"}
        return (
            waiting == {begun[0], begun[1], begun[3], begun[4], begun[5]}
            and last[begun[3]]["row"]["last_seq"] == 2
        )

    await until(settled)
    for conversation in begun:
        changes = [frame["change"] for frame in ana.wire.of_type("queue", conversation=conversation)]
        assert changes[0] == "added" or conversation in begun[:3], (
            "it may have been claimed within the tenth of a second"
        )
    shown: dict[str, Frame] = {}
    for frame in ana.wire.of_type("queue"):
        shown[frame["conversation"]] = frame["row"]
    await ana.connect()
    fresh = {row["id"]: row for row in ana.welcome["conversations"]}
    for conversation in begun:
        if conversation in fresh:
            mine = {"read_seq", "unread"}
            assert {k: v for k, v in shown[conversation].items() if k not in mine} == {
                k: v for k, v in fresh[conversation].items() if k not in mine
            }


async def test_what_is_about_to_be_told_to_all_is_not_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation begins here and another elsewhere; the sweep looks before the first has been told."""
    mine, other = uuid4(), uuid4()
    told: list[Frame] = []
    here = SimpleNamespace(
        followed=lambda _: [""],
        deliver=lambda _, text: told.append(json.loads(text)),
        publish=lambda _, text: told.append(json.loads(text)),
    )

    async def in_database(work: Callable[..., Any], *given: Any) -> Any:
        if not given:
            return {mine: ("today", 1), other: ("today", 1)}
        return [
            {"id": str(one), "status": "waiting", "waiting_since": "today", "last_seq": 1} for one in given[0]
        ]

    monkeypatch.setattr(board, "in_database", in_database)
    monkeypatch.setattr("chat.queue.board.hub.current", lambda: here)
    ours = board.Board()
    ours.note(SimpleNamespace(events=[1], opened=True, head=SimpleNamespace(id=mine, status="waiting")))  # type: ignore[arg-type]
    await asyncio.gather(ours.sweep(), ours.flush())
    await ours.sweep()
    assert [(one["conversation"], one["change"]) for one in told] == [
        (str(other), "added"),
        (str(mine), "added"),
    ]


@pytest.mark.django_db
def test_no_estimate_where_nobody_can_know() -> None:
    assert seconds_between_claims() is None
    assert estimate(3, None) is None
    ana = technician("Ana")
    assert ana.id is not None
    choose_availability(technician=ana.id, state="online")
    be_present(technician=ana.id, socket=uuid4())
    for number in range(ENOUGH):
        _, opened = begin(f"number {number}")
        append([Entry(opened.head.id, ana, Claim())])
        Conversation.objects.filter(pk=opened.head.id).update(
            claimed_at=datetime.now(UTC) - timedelta(seconds=60 * (ENOUGH - number))
        )
        assert (seconds_between_claims() is None) == (number + 1 < ENOUGH)
    gap = seconds_between_claims()
    assert gap == pytest.approx(60, abs=1)
    assert estimate(1, gap) == 60
    assert estimate(3, gap) == 180
    choose_availability(technician=ana.id, state="away")
    assert seconds_between_claims() is None, "nobody is here"
    choose_availability(technician=ana.id, state="online")
    Conversation.objects.update(claimed_at=datetime.now(UTC) - timedelta(hours=2))
    assert seconds_between_claims() is None, "yesterday's pace says nothing of today"


@pytest.mark.django_db
def test_a_list_costs_the_same_however_long() -> None:
    ana = technician("Ana")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            mine_and_waiting(ana.id or begin()[1].head.id)
        return len(captured)

    for number in range(2):
        begin(f"number {number}")
    few = queries()
    for number in range(20):
        _, opened = begin(f"number {number}")
        if number % 2:
            append([Entry(opened.head.id, ana, Claim())])
        if number % 4 == 1:
            append([Entry(opened.head.id, ana, Release())])
    assert queries() <= few + 2, "a few more for what only claimed ones have; none for each row"
