"""The only writer: numbering, batches, what is stored once, and what happens when the database cannot."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext

from chat import database
from chat.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from chat.log import sql
from chat.log.append import append
from chat.log.entries import Author, Claim, Done, Entry, MarkRead, Resolve, Result, Say
from chat.log.store import store
from chat.log.writer import Writer
from chat.models import Conversation, Event, EventKind, ReadMarker
from customers.models import Customer
from tests.support.log import begin, inbox, opening, technician

pytestmark = pytest.mark.django_db(transaction=True)


def said(
    conversation: uuid.UUID, author: Author, text: str, *, client_id: str = "", note: bool = False
) -> Entry:
    return Entry(conversation, author, Say(text, client_id or str(uuid.uuid4()), note=note))


def done(result: Result) -> Done:
    assert isinstance(result, Done), repr(result)
    return result


def log_of(conversation: uuid.UUID) -> list[tuple[int, int | None, str]]:
    return list(Event.objects.filter(conversation=conversation).values_list("seq", "customer_seq", "text"))


def test_two_numberings_without_holes() -> None:
    mara, opened = begin("first")
    ana = technician("Ana")
    batch = [said(opened.head.id, ana if n % 3 else mara, f"line {n}", note=n % 3 == 1) for n in range(30)]
    results = [done(result) for result in append(batch)]
    rows = list(Event.objects.filter(conversation=opened.head.id).order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    shown = [row.customer_seq for row in rows if row.customer_seq is not None]
    assert shown == list(range(1, len(shown) + 1))
    assert all((row.customer_seq is None) == row.note for row in rows)
    assert [result.event.text for result in results if result.event] == [f"line {n}" for n in range(30)]
    head = Conversation.objects.get(pk=opened.head.id)
    assert (head.last_seq, head.customer_last_seq) == (len(rows), len(shown))


def test_a_batch_with_duplicates_inside_stores_each_once() -> None:
    mara, opened = begin("first")
    conversation = opened.head.id
    results = append([said(conversation, mara, "once", client_id=f"c{n % 5}") for n in range(25)])
    ids = [done(result).event for result in results]
    assert len({event.id for event in ids if event}) == 5
    assert [done(result).duplicate for result in results] == [n >= 5 for n in range(25)]
    assert len(log_of(conversation)) == 6
    later = append([said(conversation, mara, "once", client_id="c3")])
    assert done(later[0]).duplicate
    assert not done(later[0]).events, "nothing to announce"


def test_other_words_or_another_kind_under_a_used_client_id() -> None:
    mara, opened = begin("first")
    ana, conversation = technician("Ana"), opened.head.id
    append([said(conversation, ana, "once", client_id="c")])
    results = append(
        [
            said(conversation, ana, "twice", client_id="c"),
            said(conversation, ana, "once", client_id="c", note=True),
            said(conversation, mara, "twice", client_id="c"),
            said(conversation, technician("Bo"), "thrice", client_id="c"),
        ]
    )
    assert [type(result) for result in results] == [Conflict, Conflict, Done, Done]


def test_one_bad_entry_harms_no_other() -> None:
    mara, opened = begin("first")
    ana, bo, conversation = technician("Ana"), technician("Bo"), opened.head.id
    results = append(
        [
            said(conversation, mara, "good"),
            said(uuid.uuid4(), mara, "nowhere"),
            Entry(conversation, ana, Claim()),
            Entry(conversation, bo, Claim()),
            Entry(conversation, mara, MarkRead(99)),
            Entry(conversation, mara, MarkRead(1)),
            said(conversation, mara, "good too"),
        ]
    )
    assert [type(result) for result in results] == [Done, NotFound, Done, Conflict, Invalid, Done, Done]
    assert [text for _, _, text in log_of(conversation)] == ["first", "good", "", "good too"]


def test_the_writer_goes_on_though_an_entry_breaks_its_batch(caplog: pytest.LogCaptureFixture) -> None:
    """Services let no half characters through; if one did, only its sender would notice."""
    mara, opened = begin("first")
    batch = [said(opened.head.id, mara, text) for text in ("before", "\ud800", "after")]

    async def write() -> list[Result]:
        results: list[Result] = []
        writing = Writer()
        for entry in batch:
            writing.submit(entry, results.append)
        while len(results) < len(batch):
            await asyncio.sleep(0.01)
        await writing.loop.run_in_executor(writing._executor, close_here)
        await writing.close()
        return results

    results = asyncio.run(write())
    assert [type(result) for result in results] == [Done, Unavailable, Done]
    assert [text for _, _, text in log_of(opened.head.id)] == ["first", "before", "after"]
    assert "failed" in caplog.text


def test_the_same_beginning_twice_in_one_batch() -> None:
    mara = Customer.objects.create(inbox=inbox(), created_at=datetime.now(UTC))
    bystander, other = begin("somebody else")
    results = append(
        [
            opening("hello", client_id="c", customer=mara),
            said(other.head.id, bystander, "me too"),
            opening("hello", client_id="c", customer=mara),
            opening("other words", client_id="c", customer=mara),
        ]
    )
    assert [type(result) for result in results] == [Done, Done, Done, Conflict]
    assert (done(results[0]).duplicate, done(results[2]).duplicate) == (False, True)
    assert done(results[0]).event == done(results[2]).event
    assert Conversation.objects.filter(customer=mara).count() == 1


def statements(count: int, *, notes: bool = False) -> int:
    mara, opened = begin("first")
    batch = [said(opened.head.id, mara, f"{n}") for n in range(count)]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert all(isinstance(result, Done) for result in append(batch))
    return len([query for query in captured if not query["sql"].startswith(("BEGIN", "COMMIT"))])


def test_the_statements_of_a_batch_do_not_grow_with_it() -> None:
    assert connection.vendor in {"sqlite", "postgresql"}
    one, two, many = statements(1), statements(2), statements(400)
    # executemany is one statement per row for the counter on SQLite, but none is added beside the inserts.
    inserts = 398 if connection.vendor == "sqlite" and many > two else 0
    alone = connection.vendor == "postgresql" and not connection.in_atomic_block
    assert one == (1 if alone else 4)
    assert two <= 5
    assert many - inserts <= two


def test_a_refused_batch_is_tried_entry_by_entry(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "_quiet_until", 0.0)
    mara, opened = begin("first")
    whole = sql.insert_events

    def refuse_poison(events: Any) -> None:
        if any(event.text == "poison" for event in events):
            raise DatabaseError("refused")
        whole(events)

    monkeypatch.setattr(sql, "insert_events", refuse_poison)
    results = append([said(opened.head.id, mara, text) for text in ("a", "poison", "b")])
    assert [type(result) for result in results] == [Done, Unavailable, Done]
    assert [text for _, _, text in log_of(opened.head.id)] == ["first", "a", "b"]
    assert [seq for seq, _, _ in log_of(opened.head.id)] == [1, 2, 3], "a refused entry leaves no hole"
    assert [str(one.exc_info[1]) for one in caplog.records if one.exc_info] == ["refused"]


def close_here() -> None:
    """End this very thread's connection: looking it up is what makes it this thread's."""
    connections["default"].close()


@contextmanager
def locked(conversation: uuid.UUID) -> Iterator[None]:
    """Somebody else holds the conversation's row (SQLite: the database)."""
    if connection.vendor == "postgresql":
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("SELECT 1 FROM chat_conversation WHERE id = %s FOR UPDATE", [conversation])
                yield
                cursor.execute("ROLLBACK")
        finally:
            other.close()
    else:
        holder = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
            yield
            holder.execute("ROLLBACK")
        finally:
            holder.close()


@contextmanager
def hurry() -> Iterator[None]:
    """Wait for a lock a moment only. The connection goes back to the pool, so this must not stay with it."""
    quick, usual = ("SET lock_timeout = 200", "RESET lock_timeout")
    if connection.vendor != "postgresql":
        quick, usual = ("PRAGMA busy_timeout = 200", "PRAGMA busy_timeout = 10000")
    with connection.cursor() as cursor:
        cursor.execute(quick)
    yield
    with connection.cursor() as cursor:
        cursor.execute(usual)


def test_a_lock_that_stays_is_unavailable_and_later_all_is_well(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "_quiet_until", 0.0)
    mara, opened = begin("first")
    entry = said(opened.head.id, mara, "patience", client_id="c")
    with locked(opened.head.id), hurry():
        refused = append([entry])[0]
    assert isinstance(refused, Unavailable)
    assert refused.retry
    # On PostgreSQL a row that is held has been passed over, which is no news; on SQLite the whole database was.
    assert len(caplog.records) == (connection.vendor == "sqlite")
    assert not done(append([entry])[0]).duplicate
    assert [text for _, _, text in log_of(opened.head.id)] == ["first", "patience"]


def test_read_markers_move_forward_only_in_both_numberings() -> None:
    mara, opened = begin("first")
    ana, conversation = technician("Ana"), opened.head.id
    append([said(conversation, ana, "note", note=True), said(conversation, ana, "answer")])
    for seq in (2, 4, 1):
        append([Entry(conversation, ana, MarkRead(seq))])
    append([Entry(conversation, mara, MarkRead(3))])
    places = ReadMarker.objects.filter(conversation=conversation)
    assert {(one.reader_kind, one.seq, one.customer_seq) for one in places} == {
        ("technician", 4, 3),
        ("customer", 4, 3),
    }


def test_store_raises_what_append_answers() -> None:
    mara, opened = begin("first")
    assert store(said(opened.head.id, mara, "hello")).event is not None
    with pytest.raises(NotFound):
        store(said(uuid.uuid4(), mara, "hello"))
    assert issubclass(NotFound, Problem)


def test_what_resolving_stores_stands_in_the_event() -> None:
    mara, opened = begin("first")
    ana = technician("Ana")
    words = {"problem": "does not scan", "cause": "browser", "fix": "patch", "applies_to": "PSC 2210v"}
    resolved = Resolve(words["problem"], words["cause"], words["fix"], words["applies_to"])
    append([Entry(opened.head.id, ana, resolved)])
    event = Event.objects.get(conversation=opened.head.id, kind=EventKind.RESOLVED)
    assert event.body is not None
    assert event.body["outcome"].items() >= words.items()
    assert mara.is_customer
