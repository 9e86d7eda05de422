"""A conversation to keep: what stands in it, who gets it, and what an address that was only typed gets."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chat.log.entries import Claim, Say
from chat.mail import transcript
from chat.mail.mailboxes import BY_A_CUSTOMER
from chat.models import Conversation, Environment, Mail
from customers.models import Attempt, Customer, Device, Grant, Identifier, Proof, ResumeKey
from tests.support.indoors import FIX, Guest, act, note, prove, reply, solve

pytestmark = pytest.mark.django_db

MARA = "mara@oldmail.example"
HOSTILE = "<img src=x onerror=alert(1)>\n{url} {0} %s\n\u202eRTL\u202c مرحبا\n    indented"


def talk_of(guest: Guest) -> UUID:
    """A conversation with everything in it."""
    talk = guest.start("My PSC 2210v\ndoes not scan")
    act(talk, "Ana", Claim())
    reply(talk, "Ana", HOSTILE)
    note(talk, "Ana", "canary-note")
    return talk


def ask(guest: Guest, talk: UUID, **body: Any) -> Any:
    return guest.post(f"conversations/{talk}/transcript", body)


def test_a_page_to_print_holds_what_the_customer_could_see_and_nothing_else(settings: Any) -> None:
    settings.PUBLIC_URL = "https://chat.example"
    guest = Guest()
    talk = talk_of(guest)
    act(talk, "Ana", FIX)
    got = ask(guest, talk)
    assert got.status_code == 200
    assert got["Content-Type"] == "text/html; charset=utf-8"
    assert got["Cache-Control"] == "no-store"
    text = got.content.decode()
    assert "canary-note" not in text
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;") in text
    assert "<img" not in text
    assert "My PSC 2210v\ndoes not scan" in text
    assert "Ana joined" in text
    for words in (
        "does not scan",
        "Internet Explorer 7",
        "the patch",
        Conversation.objects.get(pk=talk).case_code,
    ):
        assert words in text
    policy = got["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src https://chat.example;")
    assert "script" not in policy
    meta = re.search(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"', text)
    assert meta
    assert policy.startswith(html.unescape(meta[1]))
    assert not re.search(
        r"<script|<style|\sstyle=|\son[a-z]+=\"|href=\"(?!https://chat\.example/static/)", text
    )


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*", "image/png"])
def test_the_page_comes_whatever_a_client_prefers(accept: str) -> None:
    guest = Guest()
    talk = guest.start()
    got = guest.post(f"conversations/{talk}/transcript", {}, headers={"accept": accept})
    assert (got.status_code, got["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("body", [{}, {"email": MARA}])
def test_somebody_elses_is_not_there(body: dict[str, Any]) -> None:
    mara, eve = Guest(), Guest()
    talk = mara.start("canary-of-mara")
    prove(mara.customer, MARA)
    eve.start("hello")
    assert ask(mara, talk).status_code == 200, "it is there, for Mara"
    foreign, absent, visitor = ask(eve, talk, **body), ask(eve, uuid4(), **body), ask(Guest(), talk, **body)
    assert foreign.status_code == absent.status_code == visitor.status_code == 404
    assert foreign.content == absent.content == visitor.content
    assert not Mail.objects.exists()


@pytest.mark.parametrize("email", ["", "mara", "a@b", 7, [MARA], f"{MARA}\nBcc: eve@evil.example"])
def test_what_is_no_address_is_refused(email: Any) -> None:
    guest = Guest()
    got = ask(guest, guest.start(), email=email)
    assert (got.status_code, got.json()["code"], list(got.json()["fields"])) == (400, "invalid", ["email"])
    assert not Mail.objects.exists()


def test_to_a_proven_address_it_is_mailed_with_a_fresh_key() -> None:
    guest = Guest()
    talk = talk_of(guest)
    prove(guest.customer, MARA)
    got = ask(guest, talk, email="  MARA@OldMail.example ")
    assert (got.status_code, got.json()) == (202, {})
    (mail,) = Mail.objects.all()
    assert (mail.kind, mail.to, mail.conversation) == ("transcript", MARA, talk)
    assert "canary-note" not in mail.text
    assert "My PSC 2210v" in mail.text
    for line in HOSTILE.splitlines():
        assert f"       {line}" in mail.text, "set in, and otherwise as it was said"
    (key,) = re.findall(r"RAPP(?:-[0-9A-Z]{5}){3}-[0-9A-Z]{4}[0-9A-Z*~$=]", mail.text)
    resumed = Guest().post("recovery/resume-key", {"key": key})
    assert resumed.status_code == 200, resumed.content
    assert [one["id"] for one in resumed.json()["conversations"]] == [str(talk)]


def test_pressing_twice_mails_once_and_nobodys_mailbox_is_filled() -> None:
    guest = Guest()
    talk = guest.start()
    prove(guest.customer, MARA)
    for _ in range(3):
        assert ask(guest, talk, email=MARA).status_code == 202
    assert Mail.objects.count() == 1
    for _ in range(12):
        Attempt.objects.filter(what="transcript").delete()  # a minute later
        ask(guest, talk, email=MARA)
    assert Mail.objects.count() == 10


def test_an_address_that_was_only_typed_gets_a_question_and_nothing_that_anybody_wrote() -> None:
    guest = Guest()
    talk = guest.start("canary-words", name="canary-name")
    answers = [ask(guest, talk, email=address) for address in (MARA, MARA, "ana@example.org")]
    assert {(one.status_code, one.content) for one in answers} == {(202, b"{}")}
    first, second = Mail.objects.order_by("id")
    assert (first.to, second.to) == (MARA, "ana@example.org")
    assert {first.kind, second.kind} == {"confirm"}
    assert "canary" not in first.text + first.subject
    assert not ResumeKey.objects.exists()
    claimed = Identifier.objects.get(value=MARA)
    assert (claimed.customer, claimed.proof) == (guest.customer, Proof.CLAIMED)


def test_what_is_known_of_others_changes_neither_answer_nor_mail() -> None:
    mara, eve = Guest(), Guest()
    mara.start("canary-of-mara", name="Mara")
    prove(mara.customer, MARA)
    talk = eve.start("hello")
    known, unknown = ask(eve, talk, email=MARA), ask(eve, talk, email="nobody@oldmail.example")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"{}")
    to_mara, to_nobody = Mail.objects.order_by("id")
    link = re.compile(r"rl1_\S+")
    assert link.sub("", to_mara.text) == link.sub("", to_nobody.text)
    assert Identifier.objects.get(customer=mara.customer, value=MARA).proof == Proof.PROVEN
    assert Identifier.objects.get(customer=eve.customer, value=MARA).proof == Proof.CLAIMED


def test_one_customer_cannot_have_the_whole_world_written_to() -> None:
    guest = Guest()
    talk = guest.start()
    for number in range(8):
        assert ask(guest, talk, email=f"m{number}@oldmail.example").status_code == 202
    assert Mail.objects.count() == BY_A_CUSTOMER.most


def test_nor_can_one_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(35):
        guest = Guest()
        talk = guest.start()
        address = {"email": f"m{number}@oldmail.example"}
        guest.post(f"conversations/{talk}/transcript", address, REMOTE_ADDR=f"192.0.2.{number}")
    assert Mail.objects.count() == 30


def vouched(guest: Guest, other: Customer) -> None:
    """A technician's word opens another customer's history to this browser."""
    Grant.objects.create(
        device=Device.objects.get(customer=guest.customer),
        customer=other,
        proof=Proof.VOUCHED,
        at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(days=30),
    )


def test_a_technicians_word_gives_no_key_and_makes_no_address_of_the_other_customer() -> None:
    mara, newcomer = Guest(), Guest()
    talk = mara.start("canary-of-mara")
    newcomer.start("hello")
    vouched(newcomer, mara.customer)
    prove(newcomer.customer, "new@newmail.example")
    assert ask(newcomer, talk).status_code == 200, "on the screen it may be seen"
    assert ask(newcomer, talk, email="new@newmail.example").status_code == 202
    (mail,) = Mail.objects.all()
    assert mail.kind == "transcript"
    assert "RAPP-" not in mail.text
    ask(newcomer, talk, email="third@newmail.example")
    claimed = Identifier.objects.get(value="third@newmail.example")
    assert claimed.customer == newcomer.customer
    assert not Identifier.objects.filter(customer=mara.customer).exists()
    assert not ResumeKey.objects.exists()


def test_times_are_the_customers_own_where_their_browser_named_a_zone() -> None:
    guest = Guest()
    talk = guest.start()
    opened = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    Conversation.objects.filter(pk=talk).update(opened_at=opened)
    for zone, shown in (
        ("Europe/Stockholm", "2 March 2026, 00:30 (Europe/Stockholm)"),
        ("Asia/Kolkata", "2 March 2026, 05:00 (Asia/Kolkata)"),
        ("Nowhere/At_All", "1 March 2026, 23:30 (UTC)"),
        ("../../etc/passwd", "1 March 2026, 23:30 (UTC)"),
        ("", "1 March 2026, 23:30 (UTC)"),
    ):
        Environment.objects.filter(pk=talk).update(time_zone=zone)
        assert shown in transcript.as_text(transcript.transcript_of(Conversation.objects.get(pk=talk)), None)


def test_of_a_very_long_conversation_the_end_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "MOST_EVENTS", 3)
    guest = Guest()
    talk = guest.start("the first words")
    for number in range(4):
        act(talk, "Ana", Say(f"answer {number}", f"c{number}"))
    found = transcript.transcript_of(Conversation.objects.get(pk=talk))
    assert [line.text for line in found.lines] == ["answer 1", "answer 2", "answer 3"]
    assert "(The beginning is left out.)" in transcript.as_text(found, None)


def test_a_reopened_conversation_shows_no_outcome_that_was_taken_back() -> None:
    guest = Guest()
    talk = guest.start()
    solve(talk)
    guest.post(f"conversations/{talk}/messages", {"client_id": "x", "text": "it is back"})
    text = transcript.as_text(transcript.transcript_of(Conversation.objects.get(pk=talk)), None)
    assert "Opened again" in text
    assert "the patch" not in text
