"""Many at once: one winner, no hole, nothing missed."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from chat.errors import Conflict
from chat.log.append import append
from chat.log.entries import Author, Claim, Done, Entry, Release, Result, Say
from chat.models import Assignment, Event, EventKind
from chat.selectors.log import events_between
from tests.support.cast import Cast
from tests.support.log import begin, technician


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all in threads of their own, let go together; their results."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait(10)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(run, work) for work in works]]


def one(entry: Entry) -> Result:
    return append([entry])[0]


ROUNDS = 300


@pytest.mark.django_db(transaction=True)
def test_one_winner_three_hundred_times() -> None:
    ana, bo = technician("Ana"), technician("Bo")
    _, opened = begin()
    conversation = opened.head.id
    gate = threading.Barrier(2)
    results: dict[str, list[Result]] = {"Ana": [], "Bo": []}

    def claim(who: Author) -> None:
        try:
            for _ in range(ROUNDS):
                gate.wait(60)
                mine = one(Entry(conversation, who, Claim()))
                results[who.name].append(mine)
                gate.wait(60)
                if isinstance(mine, Done):
                    assert isinstance(one(Entry(conversation, who, Release())), Done)
        except BaseException:
            gate.abort()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(claim, who) for who in (ana, bo)]:
            future.result(120)
    winners = {"Ana": 0, "Bo": 0}
    for anas, bos in zip(results["Ana"], results["Bo"], strict=True):
        assert {type(anas), type(bos)} == {Done, Conflict}
        winner, loser = (ana, bos) if isinstance(anas, Done) else (bo, anas)
        winners[winner.name] += 1
        assert isinstance(loser, Conflict)
        assert loser.current is not None
        assert loser.current["technician"] == {"id": str(winner.id)}
    assert sum(winners.values()) == ROUNDS
    assert Assignment.objects.filter(conversation=conversation).count() == ROUNDS
    assert Event.objects.filter(conversation=conversation, kind=EventKind.ASSIGNED).count() == 2 * ROUNDS


async def test_one_winner_over_sockets(cast: Cast) -> None:
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    names = {"Ana Duarte": 0, "Bo Halvorsen": 0}
    for number in range(10):
        begun = (await mara.start(f"round {number}"))["id"]
        racers = random.sample([ana, bo], 2)
        refs = [await racer.wire.send("conversation.claim", conversation=begun) for racer in racers]
        answers = [await racer.wire.wait(ref=ref) for racer, ref in zip(racers, refs, strict=True)]
        assert sorted(answer["type"] for answer in answers) == ["error", "ok"]
        conflict = next(answer for answer in answers if answer["type"] == "error")
        assigned = await mara.wire.event("assigned", begun)
        winner = assigned["assigned"]["technician"]
        assert (conflict["code"], conflict["current"]["technician"]) == ("conflict", winner)
        names[winner["name"]] += 1
        assert len(mara.wire.of_type("event", conversation=begun, kind="assigned")) == 1
    assert sum(names.values()) == 10


WRITERS, EACH = 8, 40


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_asks_after_its_last_never_misses() -> None:
    mara, opened = begin("first")
    conversation, over = opened.head.id, threading.Event()

    def write(number: int) -> Callable[[], None]:
        def work() -> None:
            for line in range(EACH):
                # Batches of several sizes, as the writer makes them.
                batch = [
                    Entry(conversation, mara, Say(f"{number}.{line}.{part}", str(uuid.uuid4())))
                    for part in range(1 + line % 3)
                ]
                assert all(isinstance(result, Done) for result in append(batch))

        return work

    def read() -> list[int]:
        seen: list[int] = []
        while True:
            finished = over.is_set()
            page = events_between(conversation, seen[-1] if seen else 0, None, 50, for_customer=False)
            seen += [event.seq for event in page]
            time.sleep(0.001)  # without it this loop holds the interpreter, and the writers hardly get on
            if finished and not page:
                connection.close()
                return seen

    with ThreadPoolExecutor(1) as reader:
        seen = reader.submit(read)
        try:
            at_once(*[write(number) for number in range(WRITERS)])
        finally:
            over.set()
        polled = seen.result(60)
    total = 1 + sum(1 + line % 3 for line in range(EACH)) * WRITERS
    assert polled == list(range(1, total + 1))
    texts = Event.objects.filter(conversation=conversation).values_list("text", flat=True)
    assert len(set(texts)) == total


@pytest.mark.django_db(transaction=True)
def test_the_same_message_from_many_threads_is_one() -> None:
    mara, opened = begin("first")
    entry = Say("once", "c")
    results = at_once(*[lambda: one(Entry(opened.head.id, mara, entry)) for _ in range(8)])
    assert all(isinstance(result, Done) for result in results), results
    assert len({result.event.id for result in results}) == 1
    assert sum(not result.duplicate for result in results) == 1


@pytest.mark.django_db(transaction=True)
def test_crossing_batches_never_lock_each_other_out() -> None:
    pairs = [begin(f"conversation {number}") for number in range(6)]

    def write() -> list[Result]:
        results: list[Result] = []
        for _ in range(15):
            batch = [
                Entry(done.head.id, author, Say("x", str(uuid.uuid4())))
                for author, done in random.sample(pairs, len(pairs))
            ]
            results += append(batch)
        return results

    for results in at_once(write, write, write, write):
        assert all(isinstance(result, Done) for result in results)
