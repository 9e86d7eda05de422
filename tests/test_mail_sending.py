"""Sending, to a real mail server that takes, refuses, postpones and drops the line."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from chat.mail import sending
from chat.mail.again import try_again
from chat.mail.outbox import LATEST, queue_code, queue_confirm
from chat.mail.sending import FIRST_PAUSE, LEASE, MOST_TRIES, send_due
from chat.mail.tidy import tidy
from chat.models import Mail, MailState
from customers.models import Inbox
from tests.support.log import inbox
from tests.support.mailbox import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

MARA = "mara@oldmail.example"


@pytest.fixture
def post(settings: Any) -> Iterator[MailServer]:
    """A mail server, and settings that lead to it."""
    settings.DEMO = False
    settings.MAIL_SERVER = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.DEFAULT_FROM_EMAIL = "Rapport <rapport@chat.example>"
    with MailServer() as server:
        settings.EMAIL_PORT = server.port
        yield server


def code(to: str = MARA, digits: str = "271828", at: datetime | None = None) -> Mail:
    return queue_code(to, digits, "rl1_token", inbox(), at or datetime.now(UTC), True)


def now(mail: Mail) -> Mail:
    mail.refresh_from_db()
    return mail


def due(mail: Mail) -> None:
    """Let the pause be over."""
    Mail.objects.filter(pk=mail.pk).update(due_at=datetime.now(UTC))


def test_a_mail_arrives_as_it_was_written_and_its_text_is_kept_no_longer(post: MailServer) -> None:
    place = inbox()
    Inbox.objects.filter(pk=place.pk).update(name="Grüße 株式会社")
    mail = code()
    assert send_due() == 1
    (given,) = post.taken
    assert (given.sender, given.to) == ("rapport@chat.example", [MARA])
    assert "271828" in given.text
    assert given.message["Subject"] == mail.subject == "Your code for Grüße 株式会社"
    assert given.message["Message-ID"] == f"<{mail.pk}@chat.example>"
    assert given.message["Auto-Submitted"] == "auto-generated"
    assert given.message.get_content_type() == "text/plain"
    assert (now(mail).state, mail.text, mail.error, mail.tries) == (MailState.SENT, "", "", 1)
    assert send_due() == 0
    assert len(post.given) == 1


def test_several_mails_go_over_one_connection(post: MailServer) -> None:
    for number in range(5):
        code(to=f"mara{number}@oldmail.example")
    assert send_due() == 5
    assert Counter(one.to[0] for one in post.taken) == Counter(f"mara{n}@oldmail.example" for n in range(5))
    assert post.asked["goodbye"] == 1


def test_a_mail_that_is_postponed_goes_later_and_later(post: MailServer) -> None:
    post.data = lambda count: "451 Greylisted, come back" if count <= 3 else "250 Taken"
    mail = code()
    pauses = []
    for tries in (1, 2, 3):
        before = datetime.now(UTC)
        assert send_due() == 0
        assert (now(mail).state, mail.tries) == (MailState.WAITING, tries)
        assert mail.error == "451 Greylisted, come back"
        pauses.append((mail.due_at - before).total_seconds())
        assert send_due() == 0
        assert now(mail).tries == tries, "not before its time"
        due(mail)
    for number, pause in enumerate(pauses):
        expected = FIRST_PAUSE * 2**number
        assert 0.75 * expected <= pause <= 1.25 * expected + 5
    assert send_due() == 1
    assert len(post.taken) == 1
    assert now(mail).state == MailState.SENT


def test_one_that_is_refused_for_good_is_not_tried_again_and_stops_no_other(post: MailServer) -> None:
    post.rcpt = lambda count: "550 5.1.1 No such mailbox" if count == 1 else "250 OK"
    first, second = code(), code(to="bo@oldmail.example")
    assert send_due() == 1
    assert (now(first).state, first.text) == (MailState.DEAD, "")
    assert first.error == "550 5.1.1 No such mailbox"
    assert now(second).state == MailState.SENT


def test_a_text_that_is_refused_for_good_is_given_up(post: MailServer) -> None:
    post.data = lambda _: "554 5.7.1 Looks like spam"
    mail = code()
    assert send_due() == 0
    assert (now(mail).state, mail.error) == (MailState.DEAD, "554 5.7.1 Looks like spam")


def test_a_line_that_drops_after_the_text_is_tried_again_under_the_same_id(post: MailServer) -> None:
    post.data = lambda count: "cut" if count == 1 else "250 Taken"
    mail, other = code(), code(to="bo@oldmail.example")
    assert send_due() == 1, "the next mail gets a line of its own"
    assert now(mail).state == MailState.WAITING
    assert now(other).state == MailState.SENT
    due(mail)
    assert send_due() == 1
    copies = [one for one in post.given if one.to == [MARA]]
    assert [one.taken for one in copies] == [False, True]
    assert len({one.message["Message-ID"] for one in copies}) == 1
    assert copies[0].raw == copies[1].raw


@pytest.mark.parametrize("end", ["cut", "500 What?", "421 Going down"])
def test_a_bad_goodbye_after_the_mail_was_taken_sends_nothing_twice(post: MailServer, end: str) -> None:
    post.goodbye = lambda _: end
    mail = code()
    assert send_due() == 1
    assert now(mail).state == MailState.SENT
    assert send_due() == 0
    assert len(post.given) == 1


def test_without_a_server_at_the_other_end_everything_waits(post: MailServer, settings: Any) -> None:
    first, second = code(), code(to="bo@oldmail.example")
    reached, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    assert send_due() == 0
    assert [now(one).tries for one in (first, second)] == [1, 0], "the second would fare no better"
    assert first.error == "ConnectionRefusedError"
    settings.EMAIL_PORT = reached
    due(first)
    assert send_due() == 2


def test_two_workers_at_once_send_each_mail_once(post: MailServer) -> None:
    for number in range(40):
        code(to=f"m{number}@oldmail.example")
    start, failures = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait()
            while send_due():
                pass
        except Exception as error:  # noqa: BLE001  (whatever it is, the test must see it)
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    assert failures == []
    assert Counter(one.to[0] for one in post.given) == Counter(f"m{n}@oldmail.example" for n in range(40))
    assert set(Mail.objects.values_list("state", "tries")) == {("sent", 1)}


def test_a_worker_that_died_with_a_mail_in_its_hand_is_taken_over_from(post: MailServer) -> None:
    mail = code()
    claimed = sending._claim(datetime.now(UTC))
    assert claimed == mail
    assert send_due() == 0, "it is in another worker's hand"
    assert sending._claim(datetime.now(UTC) + LEASE + timedelta(seconds=1)) == mail
    due(mail)
    assert send_due() == 1


def test_after_the_last_try_it_is_given_up(post: MailServer) -> None:
    post.data = lambda _: "451 Later"
    mail = queue_confirm(MARA, "rl1_token", inbox(), datetime.now(UTC), datetime.now(UTC))
    Mail.objects.filter(pk=mail.pk).update(tries=MOST_TRIES - 1)
    assert send_due() == 0
    assert (now(mail).state, mail.error) == (MailState.DEAD, "451 Later")
    assert "rl1_token" in mail.text, "an administrator may send it again while it is of use"
    tidy(datetime.now(UTC) + LATEST)
    assert now(mail).text == ""


def test_what_was_given_up_or_put_off_goes_when_somebody_has_mended_the_server(post: MailServer) -> None:
    post.data = lambda count: "554 5.7.1 Relaying denied" if count <= 2 else "250 OK"
    at = datetime.now(UTC)
    lost, secret = queue_confirm(MARA, "rl1_token", inbox(), at, at), code(to="bo@oldmail.example")
    assert send_due() == 0
    waits = queue_confirm("eve@oldmail.example", "rl1_other", inbox(), at, at)
    held = queue_confirm("cy@oldmail.example", "rl1_third", inbox(), at, at)
    Mail.objects.filter(pk=waits.pk).update(tries=9, due_at=at + timedelta(hours=1), error="451 Later")
    Mail.objects.filter(pk=held.pk).update(tries=2, due_at=at + LEASE, error="451 Later")
    mails = [lost.pk, secret.pk, waits.pk, held.pk]
    assert try_again(mails, at + LATEST) == 0, "too late for all of them"
    assert try_again(mails, at) == 2
    assert send_due() == 2
    assert {one.to[0] for one in post.taken} == {MARA, "eve@oldmail.example"}
    assert (now(lost).state, now(secret).state, now(held).state) == (
        MailState.SENT,
        MailState.DEAD,
        MailState.WAITING,
    )
    assert try_again(mails, at) == 0


def test_a_code_that_has_run_out_is_not_sent_and_not_kept(post: MailServer) -> None:
    mail = code(at=datetime.now(UTC) - timedelta(minutes=16))
    assert send_due() == 0
    assert (now(mail).state, mail.text, mail.error) == (MailState.DEAD, "", "Not sent in time")
    assert post.given == []


def test_without_mail_settings_mails_wait_loudly_and_codes_do_not_outlive_their_time(
    post: MailServer, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAIL_SERVER = False
    sending._warned_at = None
    waits, late = code(), code(digits="314159", at=datetime.now(UTC) - timedelta(hours=1))
    assert send_due() == send_due() == 0
    assert [one.getMessage() for one in caplog.records if one.name == "chat.mail.sending"] == [
        "EMAIL_URL is not set: 1 mails wait and nobody gets them"
    ]
    assert (now(waits).state, waits.tries) == (MailState.WAITING, 0)
    assert (now(late).state, late.text) == (MailState.DEAD, "")
    settings.MAIL_SERVER = True
    assert send_due() == 1
    assert "271828" in post.taken[0].text


def test_what_could_not_be_sent_is_not_told_to_the_log(
    post: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    post.rcpt = lambda count: f"450 <{MARA}> is full" if count == 1 else "250 OK"
    mail = code()
    send_due()
    said = " ".join(one.getMessage() for one in caplog.records if not one.name.startswith("mail."))
    assert f"Mail {mail.pk}: try 1 failed: 450" in said
    for secret in ("271828", "rl1_token", MARA):
        assert secret not in said
    assert MARA in now(mail).error, "whoever looks after the mail server finds it there"


def test_what_cannot_be_written_down_after_sending_does_not_keep_a_worker_from_ending(
    post: MailServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The database goes away between the mail server's yes and our note of it, and somebody says stop."""
    mail, stop, tries = code(), threading.Event(), list[float]()
    away = threading.Event()

    def mark(one: Mail) -> None:
        tries.append(time.monotonic())
        away.set()
        raise OperationalError

    monkeypatch.setattr(sending, "_mark_sent", mark)
    monkeypatch.setattr(sending, "RECORDING_PAUSE", 120.0)
    worker = threading.Thread(target=send_due, args=(stop,))
    worker.start()
    assert away.wait(30)
    assert worker.is_alive(), "it does not give up by itself"
    stop.set()
    worker.join(30)
    assert not worker.is_alive(), "it would have slept for two minutes"
    assert len(tries) == 2, "one last time"
    assert "was sent, but this could not be written down" in caplog.text
    assert len(post.taken) == 1
    assert now(mail).state == MailState.WAITING, "in its lease: then it goes again under the same Message-ID"


def test_a_mail_that_we_cannot_hand_in_waits_with_its_reason_and_stops_no_other(
    post: MailServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    in_order = sending._message

    def broken(mail: Mail) -> Any:
        if mail.to == MARA:
            raise TypeError("canary")
        return in_order(mail)

    monkeypatch.setattr(sending, "_message", broken)
    at = datetime.now(UTC)
    first, second = queue_confirm(MARA, "rl1_token", inbox(), at, at), code(to="bo@oldmail.example")
    assert send_due() == 1
    assert (now(first).state, first.tries) == (MailState.WAITING, 1)
    assert now(second).state == MailState.SENT
    assert "its log says why" in first.error
    assert f"Mail {first.pk}: try 1 failed" in caplog.text
    Mail.objects.filter(pk=first.pk).update(tries=MOST_TRIES - 1)
    due(first)
    send_due()
    assert now(first).state == MailState.DEAD
    monkeypatch.undo()
    assert try_again([first.pk], at) == 1
    assert first.text
