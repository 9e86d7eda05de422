"""A cursor that never misses, and one winner; and two other ways to do each, which do miss and do give two."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from chat.errors import Conflict
from chat.log import rules, sql
from chat.log.append import append
from chat.log.entries import Author, Claim, Done, Entry, Say
from chat.log.rules import drafts_of
from chat.models import Conversation, Event, Status
from chat.selectors.log import events_between
from tests.faults.profile import shown_on
from tests.support.cast import Cast
from tests.support.installation import Server
from tests.support.log import begin, technician

pytestmark = shown_on("production")

WRITERS, EACH = 8, 20
ROUNDS = 300


def after_seq(conversation: uuid.UUID, last: Any) -> list[tuple[uuid.UUID, Any]]:
    """The cursor of the product: numbers that are given under the conversation's lock."""
    page = events_between(conversation, last or 0, None, 50, for_customer=False)
    return [(event.id, event.seq) for event in page]


def after(column: str) -> Callable[[uuid.UUID, Any], list[tuple[uuid.UUID, Any]]]:
    """The mutants: a column that sorts by time, filled before the lock is had."""

    def ask(conversation: uuid.UUID, last: Any) -> list[tuple[uuid.UUID, Any]]:
        found = Event.objects.filter(conversation=conversation)
        if last is not None:
            found = found.filter(**{f"{column}__gt": last})
        return list(found.order_by(column).values_list("id", column)[:50])

    return ask


CURSORS = {"seq": after_seq, "id": after("id"), "at": after("at")}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cursor", CURSORS)
def test_only_the_number_in_the_log_is_a_cursor_that_misses_nothing(cursor: str, monkeypatch) -> None:
    """Eight write, one polls. Ids and times are made when a message comes in, as the defaults of columns are."""
    mara, opened = begin("first")
    conversation, over, mine = opened.head.id, threading.Event(), threading.local()
    monkeypatch.setattr(rules, "uuid7", lambda: mine.id)

    def write(number: int) -> None:
        dice = random.Random(number)
        try:
            for line in range(EACH):
                say = Say(f"{number}.{line}", str(uuid.uuid4()))
                mine.id, entry = uuid7(), Entry(conversation, mara, say, at=datetime.now(UTC))
                time.sleep(dice.random() / 100)  # on its way: others come in meanwhile
                assert isinstance(append([entry])[0], Done)
        finally:
            connection.close()

    def read() -> set[uuid.UUID]:
        seen: set[uuid.UUID] = set()
        last: Any = None
        while True:
            finished = over.is_set()
            page = CURSORS[cursor](conversation, last)
            for one, last in page:  # noqa: B007  (the last one's place is where to go on)
                assert one not in seen
                seen.add(one)
            time.sleep(0.001)
            if finished and not page:
                connection.close()
                return seen

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reader = pool.submit(read)
        try:
            for writer in [pool.submit(write, number) for number in range(WRITERS)]:
                writer.result(60)
        finally:
            over.set()
        seen = reader.result(60)
    missed = Event.objects.filter(conversation=conversation).count() - len(seen)
    print(f"{cursor}: {missed} of {WRITERS * EACH} missed")
    assert (missed == 0) == (cursor == "seq")


@pytest.mark.django_db(transaction=True)
def test_reading_first_and_writing_then_gives_two_winners() -> None:
    """What `claim` would be without the lock: the test of the 300 rounds could not pass."""
    racers, gate = [technician("Ana"), technician("Bo")], threading.Barrier(2)
    _, opened = begin()
    conversation, wins = opened.head.id, []

    def claim(who: Author) -> None:
        try:
            for _ in range(20):
                gate.wait(60)
                with transaction.atomic():
                    head = sql.lock_heads([conversation])[conversation]  # and lets go of it again
                gate.wait(60)
                try:
                    drafts_of(head, who, Claim(), opened.head.waiting_since)  # type: ignore[arg-type]
                    with transaction.atomic():
                        sql.save_heads([head])
                    wins.append(who.name)
                except Conflict:
                    pass
                gate.wait(60)
                if who is racers[0]:
                    Conversation.objects.filter(pk=conversation).update(
                        status=Status.WAITING, technician=None
                    )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for racer in [pool.submit(claim, who) for who in racers]:
            racer.result(60)
    assert len(wins) > 20


async def test_one_winner_three_hundred_times_over_sockets(
    server: Server, cast: Cast, server_factory: Callable[..., Server]
) -> None:
    """Each at a process of their own, where there can be two. There is no claim over REST, nor in the administration."""
    beside = server_factory(beside=server) if settings.REDIS_URL else server
    mara, ana = await cast.customer(), await cast.technician("ana")
    bo = await cast.technician("bo", at=beside.url)
    begun = (await mara.start("who will it be?"))["id"]
    wins = {"Ana Duarte": 0, "Bo Halvorsen": 0}
    for _ in range(ROUNDS):
        refs, since = {}, min(len(ana.wire.heard), len(bo.wire.heard))
        for racer in random.sample([ana, bo], 2):
            refs[racer] = await racer.wire.send("conversation.claim", conversation=begun)
        answers = {racer: await racer.wire.wait(ref=ref, since=since) for racer, ref in refs.items()}
        winner = next(racer for racer, answer in answers.items() if answer["type"] == "ok")
        loser = next(racer for racer, answer in answers.items() if answer["type"] == "error")
        conflict, name = answers[loser], winner.welcome["me"]["name"]
        assert (conflict["code"], conflict["current"]["technician"]["name"]) == ("conflict", name)
        wins[name] += 1
        await winner.do("conversation.release", conversation=begun)
    assert sum(wins.values()) == ROUNDS
    given = [one for one in await ana.everything(begun) if one["kind"] == "assigned"]
    assert len(given) == 2 * ROUNDS
