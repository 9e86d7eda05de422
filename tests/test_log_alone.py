"""A message that comes alone: other statements than a batch has, and nothing else is different."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from chat.log import alone, sql
from chat.log.append import append
from chat.log.entries import Act, Author, Claim, Done, Entry, Release, Resolve, Result, Say
from chat.models import Conversation, Event
from tests.support.log import begin, technician

pytestmark = pytest.mark.django_db(transaction=True)

EVENT = ("seq", "customer_seq", "kind", "author_kind", "author", "author_name", "client_id", "note", "text")
HEAD = ("status", "technician_id", "team_id", "last_seq", "customer_last_seq", "urgent")
TIMES = ("waiting_since", "claimed_at", "replied_at", "resolved_at")


def course(conversation: uuid.UUID, mara: Author, ana: Author) -> list[Entry]:
    """Everything that writes: messages, a note, one sent twice, an assignment there and back, the end."""
    acts: list[tuple[Author, Act]] = [
        (mara, Say("It does not scan", "one")),
        (ana, Say("Only for us: the old driver?", "two", note=True)),
        (ana, Claim()),
        (ana, Say("Which “driver” have you? ✓", "three")),
        (ana, Say("Which “driver” have you? ✓", "three")),
        (ana, Release()),
        (mara, Say("The newest", "four")),
        (ana, Resolve(problem="does not scan", fix="the patch")),
    ]
    return [Entry(conversation, author, act) for author, act in acts]


def left(conversation: uuid.UUID, results: list[Result]) -> dict[str, Any]:
    """What is on file afterwards, and what was answered; not when, nor under which id."""
    events = Event.objects.filter(conversation=conversation).order_by("seq")
    head = Conversation.objects.get(pk=conversation)
    return {
        "events": list(events.values_list(*EVENT))[1:],
        "bodies": [sorted(one.body or {}) for one in events],
        "head": [getattr(head, name) for name in HEAD],
        "times": [getattr(head, name) is None for name in TIMES],
        "answers": [(type(one), one.duplicate if isinstance(one, Done) else None) for one in results],
    }


def test_one_by_one_leaves_what_a_batch_leaves() -> None:
    ana = technician("Ana")
    mara, alone = begin("first")
    results = [append([entry])[0] for entry in course(alone.head.id, mara, ana)]
    eve, together = begin("first")
    batch = append(course(together.head.id, eve, ana))
    one_by_one, at_once = left(alone.head.id, results), left(together.head.id, batch)
    for row in (one_by_one, at_once):
        row["events"] = [
            [{mara.id: "customer", eve.id: "customer"}.get(cell, cell) for cell in event]
            for event in row["events"]
        ]
    assert one_by_one == at_once
    assert len(one_by_one["events"]) == 7
    assert [duplicate for _, duplicate in one_by_one["answers"]].count(True) == 1


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget()


def forget() -> None:
    """As in a process that has just started."""
    alone._heads.clear()
    alone._shared.clear()


@contextmanager
def another_process() -> Iterator[None]:
    """What is written within is written by somebody else: this process remembers what it did before."""
    heads, shared = {one: copy(head) for one, head in alone._heads.items()}, set(alone._shared)
    forget()
    try:
        yield
    finally:
        forget()
        alone._heads.update(heads)
        alone._shared.update(shared)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent within, without those around transactions."""
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sent
    sent += [one["sql"] for one in captured if not one["sql"].startswith(("BEGIN", "COMMIT"))]


@pytest.mark.production
def test_one_statement_for_a_message_alone() -> None:
    mara, opened = begin("first")
    for number in range(3):
        with counted() as sent:
            append([said(opened, mara, f"alone {number}")])
        assert len(sent) == 1, sent
    assert list(Event.objects.filter(conversation=opened.head.id).values_list("seq", flat=True)) == [
        1,
        2,
        3,
        4,
    ]


STALE = range(20)


@pytest.mark.production
@pytest.mark.parametrize("seed", STALE)
def test_what_is_remembered_may_be_as_old_as_it_likes(seed: int) -> None:
    assert aged(seed) == aged(None)


@pytest.mark.production
@pytest.mark.parametrize("mutant", ["", "NOT EXISTS", "IS NOT DISTINCT FROM"])
def test_where_it_is_wrong_nothing_happens(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutants do not ask whether the message stands there, or whether the row is as remembered."""
    mara, opened = begin("first")
    before = copy(alone._heads[opened.head.id])
    again = said(opened, mara, "once")
    append([again])
    if mutant:
        start = (
            sql._ALONE.index(mutant) if mutant == "NOT EXISTS" else sql._ALONE.index(f"({sql.HEAD}) {mutant}")
        )
        end = sql._ALONE.index(" RETURNING" if mutant == "NOT EXISTS" else " AND NOT EXISTS")
        asked = sql._ALONE[start:end]
        monkeypatch.setattr(sql, "_ALONE", sql._ALONE.replace(asked, f"(TRUE OR {asked})"))

    def wrong() -> list[object]:
        found: list[object] = [alone.say(again)]
        alone._heads[before.id] = before
        return [*found, alone.say(said(opened, mara, "twice"))]

    if not mutant:
        assert wrong() == [None, None]
        assert Event.objects.filter(conversation=opened.head.id).count() == 2
    else:
        with pytest.raises(IntegrityError):  # the second net, which would cost another transaction
            wrong()


def aged(seed: int | None) -> dict[str, Any]:
    """What a course leaves when before each step something is remembered that was true at some time; None: nothing."""
    draw = random.Random(seed)
    forget()
    ana = technician("Ana")
    mara, opened = begin("first")
    results, known = [], [copy(alone._heads.get(opened.head.id))]
    steps = course(opened.head.id, mara, ana)
    for entry in [*steps, Entry(opened.head.id, mara, Say("It is back", "five")), steps[0]]:
        forget()
        if seed is not None and (head := draw.choice(known)) is not None:
            alone._heads[head.id] = copy(head)
        results += append([entry])
        known.append(copy(alone._heads.get(opened.head.id)))
    found = left(opened.head.id, results)
    found["events"] = [[{mara.id: "customer"}.get(cell, cell) for cell in event] for event in found["events"]]
    return found


@pytest.mark.production
def test_two_processes_that_take_turns_try_nothing_in_vain() -> None:
    mara, opened = begin("first")
    append([said(opened, mara, "from here")])
    with another_process():
        append([said(opened, mara, "from there")])
    append([said(opened, mara, "from here: this one finds out")])
    for number in range(3):
        with another_process():
            append([said(opened, mara, f"from there {number}")])
        with counted() as sent:
            append([said(opened, mara, f"from here {number}")])
        assert not any(one.startswith("WITH head") for one in sent)
    append([said(opened, mara, "two after each other")])
    with counted() as sent:
        append([said(opened, mara, "now it is tried again")])
    assert len(sent) == 1


@pytest.mark.production
def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "MOST", 2)
    opened = [begin("first")[1].head.id for _ in range(3)]
    assert list(alone._heads) == opened[1:]


def test_sqlite_remembers_nothing() -> None:
    begin("first")
    assert bool(alone._heads) == (connection.vendor == "postgresql")


@pytest.mark.production
def test_the_server_keeps_the_plans_of_lone_messages_and_of_no_lists() -> None:
    mara, opened = begin("first")
    for number in range(8):
        forget()
        for nth in ("read and locked", "two after each other", "in one statement"):
            append([said(opened, mara, f"{nth} {number}")])
    lone = kept()
    for begins, holds in (
        ("SELECT", "FROM chat_conversation"),
        ("SELECT", "FROM chat_event"),
        ("INSERT INTO chat_event", ""),
        ("UPDATE chat_conversation", ""),
        ("WITH head", "INSERT INTO chat_event"),
    ):
        assert any(one.startswith(begins) and holds in one for one in lone), (begins, holds)
    for number in range(8):
        append([said(opened, mara, f"{number} {one}") for one in ("a", "b")])
    assert kept() == lone


def said(opened: Done, author: Author, text: str) -> Entry:
    return Entry(opened.head.id, author, Say(text, str(uuid.uuid4())))


def kept() -> set[str]:
    """What this connection's server has a plan for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return {row[0] for row in cursor.fetchall()}
