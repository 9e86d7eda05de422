"""Connections that break in the midst of a COMMIT: nobody knows whether it went through, and all comes out right."""

from __future__ import annotations

import asyncio
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from chat.errors import Unavailable
from chat.log import alone, held, sql
from chat.log.append import append
from chat.log.entries import Done, Entry, Say
from chat.models import Event
from chat.patience import at_most
from tests.faults.forked import Forked
from tests.faults.profile import rounds, shown_on, so_many
from tests.faults.storm import Outcome, Storm
from tests.faults.verifier import show
from tests.support.log import begin

pytestmark = shown_on("production")

ROUNDS = so_many("CUTS", 2, 200)


def _among_broken_commits(forked: Forked, scenario: str, *spoilt: str, times: int) -> Outcome:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    with forked.serving("cutting", *spoilt) as server:
        storm = Storm(server, seed)
        return show(asyncio.run(storm.weather(scenario, (storm.traffic for _ in rounds(times)))))


def test_nothing_is_lost_or_doubled_when_commits_break(forked: Forked) -> None:
    _among_broken_commits(forked, "broken commits", times=ROUNDS).assert_clean()


def test_a_server_that_takes_a_broken_commit_for_good_is_found_out(forked: Forked) -> None:
    scenario = "mutant: accepted although it failed"
    assert _among_broken_commits(forked, scenario, "mutants.accept_anyway", times=1).lost


@pytest.fixture
def break_commit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the next commit break, before or after the database has done it, with this error."""

    def prepare(error: Exception, *, done: bool) -> None:
        wrapper: Any = type(transaction.get_connection())

        def breaking(whole: Callable[..., Any]) -> Callable[..., Any]:
            def commit(*given: Any) -> None:
                monkeypatch.undo()
                if done:
                    whole(*given)
                if connection.vendor == "postgresql":
                    connection.connection.close()
                raise error

            return commit

        monkeypatch.setattr(wrapper, "_commit", breaking(wrapper._commit))
        monkeypatch.setattr(sql, "store_alone", breaking(sql.store_alone))

    return prepare


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "done"),
    [(OperationalError("gone"), False), (OperationalError("gone"), True), (InterfaceError("gone"), True)],
    ids=["undone", "done", "done, told otherwise"],
)
@pytest.mark.parametrize("remembered", [True, False])
def test_the_same_message_again_finds_out_what_became_of_it(
    break_commit: Callable[..., None], error: Exception, done: bool, remembered: bool
) -> None:
    """In one statement, where the conversation is remembered, and in a transaction of several."""
    mara, opened = begin("first")
    if not remembered:
        alone._heads.clear()
    entry = Entry(opened.head.id, mara, Say("second", str(uuid.uuid4())))
    break_commit(error, done=done)
    (unknown,) = append([entry])
    assert isinstance(unknown, Unavailable)
    assert unknown.retry
    (again,) = append([entry])
    assert isinstance(again, Done)
    assert again.event
    assert again.duplicate == done
    rows = Event.objects.filter(conversation_id=opened.head.id, text="second")
    assert [row.id for row in rows] == [again.event.id]
    assert again.event.seq == 2


@pytest.mark.production
@pytest.mark.django_db(transaction=True)
def test_an_empty_pool_puts_off(django_db_blocker: Any) -> None:
    mara, opened = begin("first")
    entry = Entry(opened.head.id, mara, Say("second", str(uuid.uuid4())))
    pool = connection.pool  # type: ignore[attr-defined]
    connection.close()
    with ExitStack() as stack:
        for _ in range(pool.max_size):
            stack.enter_context(pool.connection())
        result: list[Any] = []
        with_nothing = threading.Thread(target=lambda: result.extend(_in_time([entry])))
        with_nothing.start()
        with_nothing.join(30)
        assert [type(one) for one in result] == [Unavailable]
    assert isinstance(append([entry])[0], Done)


def _in_time(entries: list[Entry]) -> list[Any]:
    with at_most(2.5):
        return append(entries)


@pytest.mark.production
@pytest.mark.django_db(transaction=True)
def test_a_locked_conversation_is_waited_for_once() -> None:
    pairs = [begin(f"conversation {number}") for number in range(2)]
    entries = [Entry(done.head.id, author, Say("x", str(uuid.uuid4()))) for author, done in pairs]
    locked, free = (done.head.id for _, done in pairs)
    with _locked(locked), _in_a_hurry():
        for _ in range(2):
            put_off, stored = append(entries)
            assert isinstance(put_off, Unavailable)
            assert put_off.retry_after
            assert isinstance(stored, Done)
            assert held.among({locked, free}) == {locked}
    assert all(isinstance(one, Done) for one in append(entries))
    assert held.among({locked, free}) == set()


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """As a server waits for locks."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 500")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


def _locked(conversation: uuid.UUID) -> Any:
    """Hold the conversation's row from another connection, for a block."""
    stack = ExitStack()
    pool = connection.pool  # type: ignore[attr-defined]
    other = stack.enter_context(pool.connection())
    stack.enter_context(other.transaction())
    other.execute("SELECT 1 FROM chat_conversation WHERE id = %s FOR UPDATE", [conversation])
    return stack
