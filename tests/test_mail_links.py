"""The links in mails: looking does nothing, pressing does one thing once, and only what the mail was about."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test import Client

from chat.mail.asking import ask_due
from chat.models import Conversation, Event, Mail, Outcome
from customers.models import (
    AuditEntry,
    Device,
    Grant,
    Identifier,
    Link,
    OneTimeLink,
    Proof,
    ResumeKey,
)
from customers.services.one_time import new_link
from tests.support.indoors import WIDGET, Guest, prove, solve, token_in
from tests.support.log import technician

pytestmark = pytest.mark.django_db

MARA = "mara@oldmail.example"
GONE = {"code": "link_refused", "retry": False, "fields": {}}


def call(path: str, body: dict[str, Any], client: Client | None = None) -> Any:
    """From nowhere in particular: no session, no cookie."""
    return (client or Client()).post(WIDGET + path, body, content_type="application/json")


def look(token: str) -> Any:
    return call("link", {"token": token})


def use(token: str, **body: str) -> Any:
    return call("link/use", {"token": token, **body})


def refused(answer: Any) -> bool:
    body = answer.json()
    return bool(answer.status_code == 403 and {**body, **GONE} == body and body["message"])


def typed(text: str = "canary-words") -> tuple[Guest, UUID, str]:
    """A solved conversation of somebody who typed an address, and the link that was mailed there."""
    guest = Guest()
    talk = guest.start(text, email=MARA)
    solve(talk)
    return guest, talk, token_in(Mail.objects.get(kind="confirm"))


def held() -> tuple[Guest, UUID, str]:
    """A fix some days ago, and the link of the question whether it holds."""
    guest = Guest()
    talk = guest.start()
    prove(guest.customer, MARA)
    solve(talk)
    Outcome.objects.update(ask_at=datetime.now(UTC))
    assert ask_due(datetime.now(UTC)) == 1
    return guest, talk, token_in(Mail.objects.get(kind="held"))


def vouched() -> tuple[Guest, Guest, UUID, str]:
    """Mara; somebody who was taken for her; their conversation; the link in the notice to Mara's mailbox."""
    mara, other = Guest(), Guest()
    mara.start("canary-of-mara")
    prove(mara.customer, MARA)
    talk = other.start("hello")
    technician("Ana")
    ana = Client()
    from agents.models import Technician

    ana.force_login(Technician.objects.get(username="Ana"))
    got = ana.post(
        f"/api/v1/conversations/{talk}/vouch",
        {"customer": str(mara.customer.pk), "facts": ["the printer"], "reason": "knew it all"},
        content_type="application/json",
    )
    assert got.status_code == 201, got.content
    return mara, other, talk, token_in(Mail.objects.get(kind="notice"))


def test_whatever_looks_at_a_link_changes_nothing() -> None:
    _, talk, token = typed()
    before = Event.objects.count(), Mail.objects.count(), AuditEntry.objects.count()
    for _ in range(3):
        got = look(token)
        assert got.status_code == 200
        assert got["Cache-Control"] == "no-store"
        body = got.json()
        assert body.keys() == {"purpose", "inbox", "at"}
        assert (body["purpose"], body["inbox"]) == ("yes_me", "Rapport demo")
        assert "canary" not in got.content.decode()
    assert (Event.objects.count(), Mail.objects.count(), AuditEntry.objects.count()) == before
    assert Identifier.objects.get(value=MARA).proof == Proof.CLAIMED
    assert Conversation.objects.get(pk=talk).status == "resolved"


def test_yes_this_was_me_makes_a_typed_address_a_proven_one_and_the_transcript_follows() -> None:
    guest, talk, token = typed()
    got = use(token)
    assert (got.status_code, got.json()["purpose"]) == (200, "yes_me")
    assert "on its way" in got.json()["done"]
    assert "rapport_device" not in got.cookies, "it opens nothing in the browser that reads mails"
    found = Identifier.objects.get(value=MARA)
    assert (found.customer, found.proof) == (guest.customer, Proof.PROVEN)
    mail = Mail.objects.get(kind="transcript")
    assert (mail.to, mail.conversation) == (MARA, talk)
    assert "canary-words" in mail.text
    assert "RAPP-" in mail.text
    entry = AuditEntry.objects.get(action="proven")
    assert (entry.customer, entry.actor) == (guest.customer.pk, guest.customer.pk)
    assert Grant.objects.filter(customer=guest.customer).count() == 1, "no browser sees more than before"
    assert refused(use(token))
    assert refused(look(token))
    assert Mail.objects.filter(kind="transcript").count() == 1


def test_the_mailbox_of_two_customers_ties_them_for_technicians_and_opens_nothing() -> None:
    mara = Guest()
    mara.start("canary-of-mara")
    prove(mara.customer, MARA)
    guest, talk, token = typed()
    assert use(token).status_code == 200
    link = Link.objects.get()
    assert {link.a, link.b} == {mara.customer, guest.customer}
    assert link.proof == Proof.PROVEN
    assert [one["id"] for one in guest.rows()] == [str(talk)]
    assert len(mara.rows()) == 1


def test_is_it_still_fixed_yes() -> None:
    guest, talk, token = held()
    shown = look(token).json()
    assert (shown["purpose"], shown["problem"], shown["fix"]) == ("held", "does not scan", "the patch")
    assert use(token).json()["code"] == "invalid", "it asks for an answer"
    assert use(token, answer="perhaps").json()["code"] == "invalid"
    assert use(token, answer="yes").status_code == 200
    assert guest.rows()[0]["outcome"]["state"] == "held"
    assert refused(use(token, answer="no"))
    assert Conversation.objects.get(pk=talk).status == "resolved"


def test_is_it_still_fixed_no() -> None:
    guest, talk, token = held()
    assert use(token, answer="no").json()["purpose"] == "held"
    found = Conversation.objects.get(pk=talk)
    assert (found.status, found.urgent) == ("waiting", True)
    assert Outcome.objects.get(conversation=talk).state == "failed"
    assert guest.rows()[0]["status"] == "waiting"
    assert refused(look(token))


@pytest.mark.parametrize("since", ["answered in the widget", "wrote again", "solved anew"])
def test_a_question_that_was_overtaken_is_closed(since: str) -> None:
    guest, talk, token = held()
    assert look(token).status_code == 200
    if since == "answered in the widget":
        guest.post(f"conversations/{talk}/outcome", {"held": True})
    else:
        guest.post(f"conversations/{talk}/messages", {"client_id": "x", "text": "again"})
    if since == "solved anew":
        solve(talk)
    before = Conversation.objects.get(pk=talk).status
    assert refused(look(token))
    assert refused(use(token, answer="no"))
    assert Conversation.objects.get(pk=talk).status == before


def test_this_was_not_me_takes_it_all_back_and_tells_the_technicians() -> None:
    mara, other, talk, token = vouched()
    assert len(other.rows()) == 2, "Mara's history is shown there"
    shown = look(token).json()
    assert shown.keys() == {"purpose", "inbox", "at"}
    assert len(other.rows()) == 2
    got = use(token)
    assert (got.status_code, got.json()["purpose"]) == (200, "not_me")
    assert [one["id"] for one in other.rows()] == [str(talk)]
    assert len(mara.rows()) == 1
    link = Link.objects.get()
    assert link.revoked_at is not None
    assert AuditEntry.objects.get(action="not_me").link == link.pk
    told = Event.objects.filter(conversation=talk, kind="linked").latest("seq")
    assert told.body is not None
    assert told.body["action"] == "not_me"
    assert told.customer_seq is None, "not for the one who writes"
    assert refused(use(token))


def test_not_me_after_a_technician_took_it_back_is_no_error() -> None:
    _, other, talk, token = vouched()
    ana = Client()
    from agents.models import Technician

    ana.force_login(Technician.objects.get(username="Ana"))
    address = f"/api/v1/links/{Link.objects.get().pk}"
    got = ana.delete(address, {"reason": "a slip"}, content_type="application/json")
    assert got.status_code == 204, got.content
    assert use(token).status_code == 200
    assert [one["id"] for one in other.rows()] == [str(talk)]


def mailbox(guest: Guest) -> str:
    """The link of the code mail that this browser has asked for."""
    assert guest.post("recovery/mailbox", {"email": MARA}).status_code == 202
    return token_in(Mail.objects.filter(kind="code").latest("id"))


def test_the_mailbox_link_opens_only_in_the_browser_that_asked() -> None:
    mara = Guest()
    talk = mara.start("canary-of-mara")
    prove(mara.customer, MARA)
    back, eve = Guest(), Guest()
    token = mailbox(back)
    assert look(token).json() == {"purpose": "mailbox", "inbox": "Rapport demo", "here": False}
    elsewhere = use(token)
    assert elsewhere.status_code == 403
    assert "six digits" in elsewhere.json()["message"]
    eve.post("recovery/mailbox", {"email": "eve@evil.example"})
    for stranger in (eve.http, Client()):
        assert call("link/use", {"token": token}, stranger).status_code == 403
    assert call("link", {"token": token}, back.http).json()["here"] is True
    got = call("link/use", {"token": token}, back.http)
    assert got.status_code == 200, got.content
    opened = Guest(device_token=got.cookies["rapport_device"].value)
    assert [one["id"] for one in opened.rows()] == [str(talk)]
    assert refused(call("link/use", {"token": token}, back.http))


@pytest.mark.parametrize(
    "token", ["", "rl1_", "rl1_" + "x" * 43, "x" * 5000, None, 7, ["rl1_"], "rl1_\u0000", "\ud800"]
)
def test_what_is_no_token_is_refused_like_an_old_one(token: Any) -> None:
    assert refused(call("link", {"token": token}))
    assert refused(call("link/use", {"token": token}))
    assert refused(call("link", {}))


def test_a_link_ends_with_its_time_and_with_what_it_is_about() -> None:
    _, talk, token = typed()
    OneTimeLink.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert refused(look(token))
    assert refused(use(token))
    orphan = new_link("held", at=datetime.now(UTC), life=timedelta(days=1), conversation=None)
    assert refused(look(orphan))
    assert refused(use(orphan, answer="no"))
    assert Conversation.objects.get(pk=talk).status == "resolved"
    assert Identifier.objects.get(value=MARA).proof == Proof.CLAIMED


@pytest.mark.django_db(transaction=True)
def test_pressed_at_once_in_several_windows_it_works_once() -> None:
    _, _, token = typed()
    codes: list[int] = []
    start = threading.Barrier(6)

    def press() -> None:
        start.wait()
        try:
            codes.append(use(token).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    assert sorted(codes) == [200, 403, 403, 403, 403, 403]
    assert Mail.objects.filter(kind="transcript").count() == 1
    assert ResumeKey.objects.count() == 2, "the one told at the end, and the one mailed"
    assert Device.objects.count() == 1


def test_the_page_is_the_same_for_every_link_and_gives_nothing_away() -> None:
    got = Client().get("/link/")
    assert got.status_code == 200
    assert got["Referrer-Policy"] == "no-referrer"
    assert got["Cache-Control"] == "no-store"
    assert "default-src 'none'; script-src 'self'" in got["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in got["Content-Security-Policy"]
    assert not got.cookies
    assert Client().post("/link/").status_code == 405
