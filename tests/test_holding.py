"""Is it still fixed? When it is asked, what the answer does, and that saying it twice does no harm."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections

from agents.models import Technician
from chat.log.append import append
from chat.log.entries import Done, Entry, Held, Resolve
from chat.mail.asking import STALE, ask_due
from chat.models import Conversation, Event, Mail, Outcome
from chat.recall.card import context_of
from chat.selectors.lists import mine_and_waiting
from customers.models import Inbox, OneTimeLink, Proof
from tests.support.indoors import FIX, Guest, act, author_of, prove, solve, token_in
from tests.support.log import inbox

pytestmark = pytest.mark.django_db

MARA = "mara@oldmail.example"


def solved(guest: Guest, *, days_ago: float = 4, fix: Resolve = FIX) -> UUID:
    """A conversation that was solved some days ago."""
    talk = guest.start()
    solve(talk, fix=fix)
    back = timedelta(days=days_ago)
    outcome = Outcome.objects.get(conversation=talk)
    Outcome.objects.filter(pk=outcome.pk).update(
        at=outcome.at - back, ask_at=outcome.ask_at - back if outcome.ask_at else None
    )
    Conversation.objects.filter(pk=talk).update(resolved_at=outcome.at - back)
    Mail.objects.all().delete()
    return talk


def answer(guest: Guest, talk: UUID, held: Any) -> Any:
    return guest.post(f"conversations/{talk}/outcome", {"held": held})


def state(talk: UUID) -> str:
    return Outcome.objects.filter(conversation=talk).order_by("at").last().state  # type: ignore[union-attr]


def test_the_question_is_due_so_many_days_after_a_fix() -> None:
    guest = Guest()
    talk = guest.start()
    solve(talk)
    outcome = Outcome.objects.get(conversation=talk)
    assert outcome.ask_at == outcome.at + timedelta(days=3)
    assert guest.rows()[0]["ask_held"] is False
    Outcome.objects.filter(pk=outcome.pk).update(ask_at=datetime.now(UTC))
    assert guest.rows()[0]["ask_held"] is True
    assert Guest(device_token=guest.http.cookies["rapport_device"].value).session["conversations"][0][
        "ask_held"
    ]


@pytest.mark.parametrize(("days", "fix"), [(0, FIX), (3, Resolve(problem="gave up"))])
def test_nobody_is_asked_where_the_inbox_does_not_or_nothing_was_fixed(days: int, fix: Resolve) -> None:
    Inbox.objects.filter(pk=inbox().pk).update(held_after_days=days)
    guest = Guest()
    talk = guest.start()
    solve(talk, fix=fix)
    assert Outcome.objects.get(conversation=talk).ask_at is None


def test_yes_sets_held_and_asks_no_more() -> None:
    guest = Guest()
    talk = solved(guest)
    assert guest.rows()[0]["ask_held"]
    events = Event.objects.filter(conversation=talk).count()
    for _ in range(2):
        got = answer(guest, talk, True)
        assert got.status_code == 200
        row = got.json()["conversation"]
        assert (row["id"], row["status"], row["ask_held"]) == (str(talk), "resolved", False)
        assert row["outcome"]["state"] == "held"
    assert Event.objects.filter(conversation=talk).count() == events
    assert Outcome.objects.get(conversation=talk).answered_at is not None


def test_no_reopens_before_the_others_with_everything_that_is_known() -> None:
    waiting = Guest().start("I was here first")
    guest = Guest()
    talk = solved(guest)
    row = answer(guest, talk, False).json()["conversation"]
    assert (row["status"], row["outcome"], row["ask_held"]) == ("waiting", None, False)
    assert state(talk) == "failed"
    last = Event.objects.filter(conversation=talk).latest("seq")
    assert (last.kind, last.body, last.author) == ("reopened", {"reason": "it came back"}, guest.customer.pk)
    ana = Technician.objects.get(username="Ana")
    rows = mine_and_waiting(ana.pk)
    assert [(one["id"], one["urgent"]) for one in rows] == [(str(talk), True), (str(waiting), False)]
    card = context_of(talk)["return_card"]
    assert (card["last"]["conversation"], card["last"]["state"]) == (str(talk), "failed")
    assert card["last"]["fix"] == "the patch"


def test_no_said_twice_reopens_once_and_is_no_conflict() -> None:
    guest = Guest()
    talk = solved(guest)
    for _ in range(3):
        assert answer(guest, talk, False).status_code == 200
    assert answer(guest, talk, True).status_code == 200
    assert state(talk) == "failed"
    assert Event.objects.filter(conversation=talk, kind="reopened").count() == 1


def test_whoever_was_too_quick_with_a_yes_may_still_say_no() -> None:
    guest = Guest()
    talk = solved(guest)
    answer(guest, talk, True)
    answer(guest, talk, False)
    assert state(talk) == "failed"
    assert Conversation.objects.get(pk=talk).status == "waiting"


def test_urgency_ends_with_the_next_resolution_and_the_new_fix_is_asked_about() -> None:
    guest = Guest()
    talk = solved(guest)
    answer(guest, talk, False)
    solve(talk, fix=Resolve(problem="does not scan", fix="another cable"))
    assert not Conversation.objects.get(pk=talk).urgent
    assert list(Outcome.objects.filter(conversation=talk).order_by("at").values_list("state", flat=True)) == [
        "failed",
        "unknown",
    ]
    assert guest.rows()[0]["ask_held"] is False


def test_a_late_answer_to_an_open_conversation_changes_nothing() -> None:
    guest = Guest()
    talk = solved(guest)
    guest.post(f"conversations/{talk}/messages", {"client_id": "again", "text": "it is back"})
    before = Event.objects.filter(conversation=talk).count()
    for held in (True, False):
        assert answer(guest, talk, held).json()["conversation"]["status"] == "waiting"
    assert state(talk) == "unknown"
    assert Event.objects.filter(conversation=talk).count() == before


def test_only_the_customer_answers() -> None:
    mara, eve = Guest(), Guest()
    talk = solved(mara)
    eve.start("hello")
    assert answer(mara, talk, True).status_code == 200, "it is there, for Mara"
    foreign = answer(eve, talk, False)
    absent = answer(eve, uuid4(), False)
    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
    assert foreign.status_code == 404
    assert answer(Guest(), talk, False).status_code == 404
    assert state(talk) == "held"


@pytest.mark.parametrize("held", [None, "yes", 1, [], "true"])
def test_only_true_and_false_are_answers(held: Any) -> None:
    guest = Guest()
    talk = solved(guest)
    got = answer(guest, talk, held)
    assert (got.status_code, got.json()["code"], list(got.json()["fields"])) == (400, "invalid", ["held"])
    assert state(talk) == "unknown"


def test_by_mail_it_is_asked_once_and_only_where_the_mailbox_is_known_to_be_theirs() -> None:
    known, typed, unknown = Guest(), Guest(), Guest()
    talk = solved(known)
    prove(known.customer, MARA, Proof.SIGNED)
    solved(typed)
    prove(typed.customer, "typed@oldmail.example", Proof.CLAIMED)
    solved(unknown)
    now = datetime.now(UTC)
    assert [ask_due(now), ask_due(now)] == [1, 0]
    (mail,) = Mail.objects.all()
    assert (mail.kind, mail.to, mail.conversation) == ("held", MARA, talk)
    assert "the patch" in mail.text
    link = OneTimeLink.objects.get(purpose="held")
    assert (link.conversation, token_in(mail)[:4]) == (talk, "rl1_")
    assert known.rows()[0]["ask_held"], "the widget still asks: silence is no answer"


@pytest.mark.parametrize("why", ["too early", "stale", "answered", "reopened", "inbox stopped asking"])
def test_nobody_is_asked_by_mail_at_the_wrong_time(why: str) -> None:
    guest = Guest()
    talk = solved(guest, days_ago={"too early": 2.9, "stale": STALE.days + 4}.get(why, 4))
    prove(guest.customer, MARA)
    if why == "answered":
        answer(guest, talk, True)
    if why == "reopened":
        guest.post(f"conversations/{talk}/messages", {"client_id": "x", "text": "again"})
    if why == "inbox stopped asking":
        Inbox.objects.update(held_after_days=0)
    assert ask_due(datetime.now(UTC)) == 0
    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_once() -> None:
    guests = [Guest() for _ in range(6)]
    for number, guest in enumerate(guests):
        solved(guest)
        prove(guest.customer, f"m{number}@oldmail.example")
    asked: list[int] = []
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        try:
            asked.append(ask_due(datetime.now(UTC)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    assert sum(asked) == Mail.objects.count() == OneTimeLink.objects.count() == 6


def test_in_one_batch_the_answers_of_two_windows_are_one_answer() -> None:
    guest = Guest()
    talk = solved(guest)
    mara = author_of(guest.customer)
    results = append(
        [Entry(talk, mara, Held(False)), Entry(talk, mara, Held(False)), Entry(talk, mara, Held(True))]
    )
    assert all(isinstance(one, Done) for one in results)
    assert [len(one.events) for one in results if isinstance(one, Done)] == [1, 0, 0]
    assert state(talk) == "failed"
    assert Conversation.objects.get(pk=talk).urgent


def test_a_technician_who_takes_an_urgent_one_and_gives_it_back_leaves_it_urgent() -> None:
    from chat.log.entries import Claim, Release

    guest = Guest()
    talk = solved(guest)
    answer(guest, talk, False)
    act(talk, "Bo", Claim())
    act(talk, "Bo", Release())
    assert Conversation.objects.get(pk=talk).urgent
