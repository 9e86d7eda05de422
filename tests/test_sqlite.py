"""Transactions on SQLite wait in a queue: in order, not for ever, and nothing keeps the place of who has gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from config.sqlite.base import _turns
from config.sqlite.turns import Turns
from customers.models import Inbox

pytestmark = [pytest.mark.embedded, pytest.mark.django_db(transaction=True)]


def start(work: Callable[[], None]) -> threading.Thread:
    """In a thread with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until_waiting(turns: Turns, count: int) -> None:
    """Wait until so many wait; a queue that keeps nobody waiting fails here instead of hanging."""
    deadline = time.monotonic() + 10
    while len(turns._waiting) < count:
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.001)


def test_transactions_begin_in_the_order_in_which_they_were_wanted() -> None:
    """Through the backend: on Django's own, nobody would wait in our queue."""
    order: list[int] = []

    def write(number: int) -> None:
        with transaction.atomic():
            order.append(number)

    waiting = []
    with transaction.atomic():
        for number in range(10):
            waiting.append(start(lambda number=number: write(number)))  # type: ignore[misc]
            until_waiting(_turns[str(connection.settings_dict["NAME"])], number + 1)
    for thread in waiting:
        thread.join()
    assert order == list(range(10))


def test_turns_come_in_order() -> None:
    turns, order = Turns(), list[int]()
    assert turns.take(0)

    def wait(number: int) -> None:
        assert turns.take(10)
        order.append(number)
        turns.give()

    waiting = []
    for number in range(20):
        waiting.append(start(lambda number=number: wait(number)))  # type: ignore[misc]
        until_waiting(turns, number + 1)
    turns.give()
    for thread in waiting:
        thread.join()
    assert order == list(range(20))
    assert turns.take(0), "free again"


def test_who_loses_patience_keeps_nobody_waiting() -> None:
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


def test_a_turn_ends_with_its_transaction_however_that_ends(settings, monkeypatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.2)

    def another() -> bool:
        """Whether somebody else can write now."""
        done: list[bool] = []

        def write() -> None:
            connection.settings_dict["OPTIONS"]["timeout"] = 0.2
            try:
                with transaction.atomic():
                    done.append(True)
            except OperationalError:
                done.append(False)

        start(write).join()
        return done[0]

    with transaction.atomic():
        Inbox.objects.create(name="One")
        with transaction.atomic():
            Inbox.objects.create(name="Two")
        assert not another()
    assert another()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert another()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("NONSENSE")
    assert another()
    transaction.set_autocommit(False)
    Inbox.objects.create(name="Three")
    connection.close()
    assert another()
    assert set(Inbox.objects.values_list("name", flat=True)) == {"One", "Two"}


def test_many_writers_lose_no_write_of_each_other() -> None:
    inbox, rounds, threads = Inbox.objects.create(name="0"), 30, 8

    def write() -> None:
        for _ in range(rounds):
            with transaction.atomic():
                row = Inbox.objects.get(pk=inbox.pk)
                Inbox.objects.filter(pk=inbox.pk).update(name=str(int(row.name) + 1))

    for thread in [start(write) for _ in range(threads)]:
        thread.join()
    assert Inbox.objects.get(pk=inbox.pk).name == str(rounds * threads)
