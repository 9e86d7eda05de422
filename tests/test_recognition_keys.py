"""What recognition looks up follows what is on file: marked at once, worked off by a worker, counted exactly once."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from chat.serving import worker as serving
from chat.serving.worker import Worker
from customers.models import Customer, Inbox, MatchKey, Outdated, Profile, Token, TokenKey
from customers.recognition import catch_up, keys, marked, record_traits, refresh
from customers.recognition.fingerprints import keys_of, tokens_of
from customers.services.claims import record_claims

NOW = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
NAMES = ("Ann Holm", "Bob Berg", "Ann Berg", "Bob Holm", "Mara Lindqvist", "Ann Lindqvist")


def called(name: str, inbox: Inbox) -> Customer:
    customer = Customer.objects.create(inbox=inbox, created_at=NOW)
    record_claims(customer=customer, claims={"name": name}, at=NOW)
    return customer


def everything() -> tuple[Any, ...]:
    """All that is looked up, by what it says rather than by numbers of rows."""
    return (
        sorted(Profile.objects.values_list("customer", "facts__name")),
        sorted(MatchKey.objects.values_list("profile__customer", "key")),
        sorted(Token.objects.values_list("kind", "text", "count")),
        sorted(TokenKey.objects.values_list("token__kind", "token__text", "key")),
    )


def as_counted_by_hand() -> tuple[dict[tuple[str, str], int], set[tuple[UUID, int]]]:
    words: Counter[tuple[str, str]] = Counter()
    keys = set()
    for customer, facts in Profile.objects.values_list("customer", "facts"):
        words.update(tokens_of(facts))
        keys |= {(customer, key) for key in keys_of(facts)}
    return dict(words), keys


def assert_in_step() -> None:
    words, keys = as_counted_by_hand()
    assert {
        (kind, text): count for kind, text, count in Token.objects.values_list("kind", "text", "count")
    } == words
    assert set(MatchKey.objects.values_list("profile__customer", "key")) == keys


@pytest.mark.django_db
def test_a_change_is_marked_with_it_and_worked_off_later() -> None:
    inbox = Inbox.objects.create(name="Printers")
    mara = called("Mara Lindqvist", inbox)
    assert (Outdated.objects.count(), Profile.objects.count()) == (1, 0)
    record_claims(customer=mara, claims={"email": "mara@old.example"}, at=NOW)
    assert catch_up() == 2
    assert Profile.objects.get().facts["email"] == ["mara@old.example"]
    assert (Outdated.objects.count(), catch_up()) == (0, 0)
    assert_in_step()


@pytest.mark.django_db
def test_many_at_once_are_as_one_by_one() -> None:
    inbox = Inbox.objects.create(name="Printers")
    people = [called(name, inbox) for name in NAMES]
    while catch_up(most=1):
        pass
    one_by_one = everything()
    assert len(one_by_one[0]) == len(NAMES)
    for model in (Profile, Token):
        model.objects.all().delete()
    refresh([customer.pk for customer in people])
    assert everything() == one_by_one
    assert Token.objects.get(kind="given", text="ann").count == 3
    Customer.objects.filter(name__startswith="Ann").update(name="Nils Berg")
    refresh([customer.pk for customer in people])
    assert not Token.objects.filter(text="ann").exists(), "a word that nobody has is gone"
    assert Token.objects.get(kind="given", text="nils").count == 3
    assert_in_step()


@pytest.mark.django_db
def test_a_batch_takes_as_many_statements_as_one() -> None:
    inbox = Inbox.objects.create(name="Printers")
    counts = []
    for batch in (NAMES[:2], NAMES * 8):
        for name in batch:
            called(name, inbox)
        with CaptureQueriesContext(connection) as seen:
            assert catch_up(most=100) == len(batch)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 3, counts  # one more for each number that words are raised by


@pytest.mark.django_db
def test_what_a_visitor_says_locks_no_word_that_others_share() -> None:
    inbox = Inbox.objects.create(name="Printers")
    with CaptureQueriesContext(connection) as seen:
        record_traits(called("Ann Holm", inbox), {"place": "Croydon"}, at=NOW)
    written = [query["sql"] for query in seen if not query["sql"].startswith("SELECT")]
    assert any("customers_outdated" in sql for sql in written)
    assert not any("customers_token" in sql or "customers_profile" in sql for sql in written)


@pytest.mark.django_db(transaction=True)
def test_several_workers_count_each_word_once() -> None:
    inbox = Inbox.objects.create(name="Printers")
    for number in range(60):
        called(NAMES[number % len(NAMES)], inbox)
        called(NAMES[-1 - number % len(NAMES)], inbox)

    def work() -> None:
        try:
            while catch_up(most=7):
                pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(work) for _ in range(4)]:
            done.result(60)
    catch_up(most=200)  # what one worker held while the others looked
    assert (Outdated.objects.count(), Profile.objects.count()) == (0, 120)
    assert_in_step()


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_it_by_itself() -> None:
    called("Ann Holm", Inbox.objects.create(name="Printers"))
    worker = Worker()
    worker.start()
    try:
        until = time.monotonic() + 20
        while Outdated.objects.exists() and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        worker.stop()
    assert (Outdated.objects.count(), Profile.objects.count()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_a_mark_is_told_when_it_is_committed_and_not_before() -> None:
    inbox = Inbox.objects.create(name="Printers")
    marked.clear()
    with transaction.atomic():
        called("Ann Holm", inbox)
        transaction.set_rollback(True)
    assert not marked.is_set()
    with transaction.atomic():
        called("Bob Berg", inbox)
        assert not marked.is_set()
    assert marked.is_set()


@pytest.mark.django_db(transaction=True)
def test_a_mark_of_this_process_wakes_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUIET", "SENDING", "INDEXING", "LOOKING_AFTER"):
        monkeypatch.setattr(serving, name, 3600.0)
    resting = Event()

    class Marks(Event):
        """Says when the worker has nothing to do."""

        def wait(self, timeout: float | None = None) -> bool:
            if not self.is_set():
                resting.set()
            return super().wait(timeout)

    marks = Marks()
    monkeypatch.setattr(keys, "marked", marks)
    monkeypatch.setattr(serving, "marked", marks)
    inbox = Inbox.objects.create(name="Printers")
    marks.set()  # or its first look would be that of its start
    worker = Worker(woken=True)
    worker.start()
    try:
        assert resting.wait(20)
        called("Ann Holm", inbox)
        until = time.monotonic() + 20
        while Outdated.objects.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert (Outdated.objects.count(), Profile.objects.count()) == (0, 1)
    finally:
        worker.stop()
    assert worker._thread is not None
    assert not worker._thread.is_alive()


def test_a_worker_that_marks_wake_waits_for_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []

    class Marks:
        """Nobody is marked."""

        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            return False

    monkeypatch.setattr(serving, "marked", Marks())
    now = time.monotonic()
    worker, due = Worker(woken=True), {"recognising": now + 3600, "sending": now + 1800}
    assert worker._rest(due)
    due["sending"] = now - 60
    assert worker._rest(due)
    assert waits == [pytest.approx(1800, abs=600), serving.RECOGNISING]
    assert due["recognising"] == now + 3600


@pytest.mark.django_db
def test_one_who_cannot_be_made_findable_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox.objects.create(name="Printers")
    people = [called(name, inbox) for name in NAMES[:3]]

    def read(customers: set[UUID]) -> Any:
        if people[1].pk in customers:
            raise ValueError("no such facts")
        return as_read(customers)

    as_read = keys._read
    monkeypatch.setattr(keys, "_read", read)
    assert (catch_up(), catch_up()) == (3, 0)
    assert set(Profile.objects.values_list("customer", flat=True)) == {people[0].pk, people[2].pk}
    assert str(people[1].pk) in caplog.text
    assert_in_step()


@pytest.mark.django_db
def test_marks_wait_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    called("Ann Holm", Inbox.objects.create(name="Printers"))

    def away(customers: set[UUID]) -> Any:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(keys, "_read", away)
        with pytest.raises(OperationalError):
            catch_up()
    assert catch_up() == 1
