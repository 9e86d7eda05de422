"""What is written to whom, in the transaction it belongs to; and the page on which the demo shows it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from chat.mail import outbox
from chat.mail.kept import kept_mails
from chat.mail.sending import send_due
from chat.mail.tidy import tidy
from chat.models import Conversation, Mail, MailState
from customers.models import Attempt, Inbox, MailCode, OneTimeLink, UsedSignature
from customers.services.one_time import new_link
from tests.support.indoors import Guest, note, prove, solve, token_in
from tests.support.log import inbox

pytestmark = pytest.mark.django_db

MARA = "mara@oldmail.example"
NOW = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
SECRET = "rl1_" + "Abc-_9" * 7


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True


def code(live: bool = True, to: str = MARA, at: datetime = NOW) -> Mail:
    return outbox.queue_code(to, "271828", SECRET, inbox(), at, live)


def test_a_code_says_what_is_needed_and_nothing_else(settings: Any) -> None:
    settings.PUBLIC_URL = "https://chat.example"
    mail = code()
    assert (mail.to, mail.state, mail.kind) == (MARA, MailState.WAITING, "code")
    assert mail.expires_at == NOW + timedelta(minutes=15)
    assert re.findall(r"\b\d{6}\b", mail.text) == ["271828"]
    assert re.findall(r"\S*://\S*", mail.text) == [f"https://chat.example/link/#{SECRET}"]
    assert "271828" not in mail.subject, "subjects are shown on locked telephones"


def test_the_links_host_is_the_configured_one_whoever_asks_under_which_name(settings: Any) -> None:
    settings.PUBLIC_URL = "https://chat.example"
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    guest = Guest()
    talk = guest.start("hello")
    guest.post(f"conversations/{talk}/transcript", {"email": MARA}, headers={"host": "other.example"})
    (mail,) = Mail.objects.all()
    assert "https://chat.example/link/#" in mail.text
    assert "other.example" not in mail.text


def test_for_an_unknown_address_the_same_row_is_written_and_holds_nothing() -> None:
    live, void = code(), code(live=False, to="nobody@oldmail.example")
    assert void.state == MailState.VOID
    assert len(void.text) == len(live.text)
    assert set(void.text) == {"-"}
    assert void.subject == live.subject


@pytest.mark.parametrize("demo_runs", [True, False])
def test_a_void_mail_is_neither_shown_nor_sent(settings: Any, demo_runs: bool) -> None:
    settings.DEMO, settings.MAIL_SERVER = demo_runs, True
    void = code(live=False, at=datetime.now(UTC))
    assert send_due() == 0
    assert kept_mails() == []
    void.refresh_from_db()
    assert void.state == MailState.VOID


@pytest.mark.parametrize(
    "address",
    [
        "mara@oldmail.example\nBcc: eve@evil.example",
        "mara@oldmail.example\r\n\r\nHello",
        "mara@oldmail.example, eve@evil.example",
        "<mara@oldmail.example> eve@evil.example",
        "mara",
        "",
        None,
    ],
)
def test_only_one_plain_address_gets_a_mail(address: Any) -> None:
    with pytest.raises(ValueError):
        code(to=address)
    assert not Mail.objects.exists()


def test_no_name_of_an_inbox_reaches_into_the_headers() -> None:
    Inbox.objects.filter(pk=inbox().pk).update(name="Shop\r\nBcc: eve@evil.example\u202e\x07")
    mail = code()
    assert mail.subject == "Your code for Shop Bcc: eve@evil.example"
    assert "\nBcc" not in mail.text


def test_a_mail_is_as_durable_as_what_it_tells_of() -> None:
    with transaction.atomic():
        code()
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


def test_the_demo_keeps_its_mails(demo: None) -> None:
    assert code().state == MailState.KEPT
    assert code(live=False).state == MailState.VOID
    assert send_due() == 0
    assert len(kept_mails()) == 1


def page(accept: str = "text/html", **more: Any) -> Any:
    return Client().get("/demo/mail/", headers={"accept": accept}, **more)


def test_the_demos_page_lists_the_newest_first_with_links_to_press(demo: None, settings: Any) -> None:
    code()
    outbox.queue_confirm(MARA, SECRET, inbox(), NOW, NOW + timedelta(hours=1))
    answer = page()
    assert answer["Cache-Control"] == "no-store"
    text = answer.content.decode()
    assert text.index("Was this you?") < text.index("Your code for")
    assert text.count(f'<a href="{settings.PUBLIC_URL}/link/#{SECRET}">') == 2
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=\"", text)
    shown = json.loads(page("application/json").content)
    assert [mail["subject"][:8] for mail in shown] == ["Was this", "Your cod"]
    assert all(mail.keys() == {"to", "subject", "text", "at"} for mail in shown)
    assert json.loads(page("application/json, text/plain, */*").content) == shown
    assert page("text/html,application/xhtml+xml,*/*;q=0.8").content == answer.content
    assert shown[1]["at"] == "2026-07-14T09:30:00.000Z"
    assert "271828" in shown[1]["text"]


def test_what_a_visitor_wrote_is_text_on_that_page_and_no_link(demo: None, settings: Any) -> None:
    guest = Guest()
    evil = f"<script>alert(1)</script> https://evil.example {settings.PUBLIC_URL}/admin/ <b>x</b>"
    talk = guest.start(evil)
    prove(guest.customer, MARA)
    solve(talk)
    text = page().content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    article = text[text.index("<article") : text.index("</article>")]
    assert "<script" not in article
    assert "href" not in article


def test_an_empty_page_says_what_to_do(demo: None) -> None:
    assert "No mail yet" in page().content.decode()
    assert json.loads(page("application/json").content) == []


def test_the_front_page_and_the_host_page_lead_there(demo: None) -> None:
    for address in ("/", "/demo/"):
        assert 'href="/demo/mail/"' in Client().get(address).content.decode()


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "127.8.9.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 404),
        ({"REMOTE_ADDR": "::ffff:192.0.2.7"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"}, 404),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_only_this_machine_reads_the_demos_mails(
    demo: None, where: dict[str, str], status: int, accept: str
) -> None:
    code()
    answer = page(accept, **where)
    assert answer.status_code == status
    assert (b"271828" in answer.content) == (status == 200)


def test_behind_a_proxy_that_we_know_of_its_word_counts(demo: None, settings: Any) -> None:
    settings.BEHIND_PROXY = True  # Daphne has then put the client's address in place of the proxy's
    assert page(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 200
    assert page(REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 404


def test_an_installation_has_no_such_page(settings: Any) -> None:
    settings.DEMO = False
    code()
    assert page().status_code == 404


def test_a_resolution_mails_the_transcript_to_a_proven_address_with_the_key_the_widget_is_told() -> None:
    guest = Guest()
    talk = guest.start("It does not scan")
    note(talk, "Ana", "canary-note")
    prove(guest.customer, MARA)
    prove(guest.customer, "older@oldmail.example")
    prove(guest.customer, MARA)  # the newest proof
    done = solve(talk)
    (mail,) = Mail.objects.all()
    assert (mail.kind, mail.to, mail.conversation) == ("transcript", MARA, talk)
    (key,) = re.findall(r"RAPP-\S+", mail.text)
    assert done.resume_key == key
    assert done.events[-1].resume_key == key
    assert "canary-note" not in mail.text
    assert "It does not scan" in mail.text
    assert "Marked as solved" in mail.text, "also what was written in the same transaction"
    assert "the patch" in mail.text


def test_a_resolution_asks_an_address_that_was_only_typed_once_and_tells_it_nothing() -> None:
    guest = Guest()
    talk = guest.start("canary-words", name="canary-name", email=MARA)
    done = solve(talk)
    (mail,) = Mail.objects.all()
    assert (mail.kind, mail.to) == ("confirm", MARA)
    assert "canary" not in mail.text + mail.subject
    assert "RAPP-" not in mail.text
    assert done.resume_key is None
    link = OneTimeLink.objects.get()
    assert (link.purpose, link.identifier.value, link.conversation) == ("yes_me", MARA, talk)  # type: ignore[union-attr]
    again = guest.start("once more")
    solve(again)
    assert Mail.objects.count() == 1


def test_whoever_gives_an_address_it_is_asked_once_a_day() -> None:
    for _ in range(3):
        guest = Guest()
        solve(guest.start("hello", email=MARA))
    assert Mail.objects.count() == 1
    Attempt.objects.all().delete()  # the next day
    solve(Guest().start("hello", email=MARA))
    assert Mail.objects.count() == 2


def test_nobody_is_written_to_without_an_address_or_about_the_past() -> None:
    solve(Guest().start("hello"))
    guest = Guest()
    past = guest.start("hello", email=MARA)
    from chat.log.entries import Claim
    from tests.support.indoors import FIX, act

    act(past, "Ana", Claim(), NOW)
    act(past, "Ana", FIX, NOW)
    assert Conversation.objects.get(pk=past).status == "resolved"
    assert not Mail.objects.exists()


def test_what_has_run_out_is_removed_and_nothing_else() -> None:
    now = datetime.now(UTC)
    place = inbox()
    for days in (-40, -1, 1):
        at = now + timedelta(days=days)
        MailCode.objects.create(
            inbox=place, browser=place.pk, address=MARA, code_hash=b"x", live=True, at=at, expires_at=at
        )
        UsedSignature.objects.create(inbox=place, jti_hash=str(days).encode(), expires_at=at)
        Attempt.objects.create(what="code", who="x", since=at)
        new_link("held", at=at, life=timedelta(0))
        code(live=days > 0, at=at)
        Mail.objects.create(
            kind="notice", to=MARA, subject="x", text="", state="sent", at=at, due_at=at, done_at=at
        )
    assert tidy(now) > 0
    assert tidy(now) == 0
    counts = {model: model.objects.count() for model in (MailCode, UsedSignature, Attempt, OneTimeLink)}
    assert counts == {MailCode: 2, UsedSignature: 1, Attempt: 2, OneTimeLink: 1}
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["sent", "sent", "void", "waiting"]


def test_a_token_is_the_only_secret_in_a_mail_and_stands_behind_the_hash_sign() -> None:
    mail = outbox.queue_notice(MARA, SECRET, inbox(), NOW)
    assert token_in(mail) == SECRET
    assert mail.text.count(SECRET) == 1
