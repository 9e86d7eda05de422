"""What administrators can only read, and that nothing a visitor wrote runs there."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from agents.models import Technician
from chat.log.append import append
from chat.log.entries import Arrived, Author, Done, Entry, Opening, Say
from chat.models import Conversation, Event, Mail, Outcome
from customers import audit
from customers.audit import Actor
from customers.environment import Surroundings
from customers.models import (
    Action,
    AuditEntry,
    Customer,
    Device,
    Grant,
    Identifier,
    Inbox,
    Link,
    Proof,
    ResumeKey,
    Verdict,
    Vouch,
)
from customers.services import links
from customers.services.devices import add_device
from customers.services.grants import give
from customers.services.keys import new_resume_key
from tests.admin.family import Family, stranger, vouch_for
from tests.admin.pages import CANARY, LISTS, page

pytestmark = pytest.mark.django_db


def test_a_conversation_is_read_whole(ruth):
    scan = Conversation.objects.get(subject="My all-in-one will not scan")
    body = page(ruth, "chat_conversation_change", scan.pk)
    for text in (
        "Internet Explorer 7",
        "Windows XP",
        "PSC 2210v",
        "note, customers do not see it",
        "Install the 2210 patch",
        "Held",
        "Assigned to Ana Duarte",
        "Resolved:",
    ):
        assert text in body
    for event in scan.events.exclude(text=""):
        assert event.text.splitlines()[0].replace("&", "&amp;").replace("'", "&#x27;") in body
    assert 'name="_save"' not in body


def test_a_long_log_comes_in_pages(ruth):
    scan = Conversation.objects.get(subject="My all-in-one will not scan")
    author = Author("customer", scan.customer_id, "Mara")
    append([Entry(scan.pk, author, Say(f"line {n}.", f"long-{n}")) for n in range(400)])
    body = page(ruth, "chat_conversation_change", scan.pk)
    assert "line 399." in body
    assert "line 50." not in body
    before = re.findall(r'href="(\?before=\d+)"', body)[0]
    earlier = ruth.get(reverse("admin:chat_conversation_change", args=[scan.pk]) + before).content.decode()
    assert "line 50." in earlier
    assert "line 399." not in earlier
    assert "Hello! My all-in-one" in earlier
    for junk in ("x", "-1", "9" * 30, "%00", "٣"):
        assert (
            ruth.get(reverse("admin:chat_conversation_change", args=[scan.pk]), {"before": junk}).status_code
            == 200
        )


@pytest.mark.parametrize("typed", ["all-in-one", "Lindqvist", "CODE", "code without dash"])
def test_conversations_are_found(ruth, typed):
    scan = Conversation.objects.get(subject="My all-in-one will not scan")
    wanted = {"CODE": scan.case_code, "code without dash": scan.case_code.replace("-", "").lower()}.get(
        typed, typed
    )
    answer = ruth.get(reverse("admin:chat_conversation_changelist"), {"q": wanted}).content.decode()
    assert scan.case_code in answer
    assert "Charged twice" not in answer


@pytest.mark.parametrize(
    "name", ["chat_conversation", "chat_outcome", "customers_customer", "customers_device", "customers_grant"]
)
def test_what_is_only_read_cannot_be_written(ruth, name):
    model: Any = {
        "chat_conversation": Conversation,
        "chat_outcome": Outcome,
        "customers_customer": Customer,
        "customers_device": Device,
        "customers_grant": Grant,
    }[name]
    row = model.objects.first()
    before = (model.objects.count(), Event.objects.count())
    assert ruth.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200
    assert ruth.get(reverse(f"admin:{name}_add")).status_code == 403
    assert (
        ruth.post(reverse(f"admin:{name}_change", args=[row.pk]), {"name": "x", "subject": "x"}).status_code
        == 403
    )
    assert ruth.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    ruth.post(
        reverse(f"admin:{name}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert (model.objects.count(), Event.objects.count()) == before


def test_a_customer_shows_proof_in_words(ruth):
    body = page(ruth, "customers_customer_change", Customer.objects.get(name="Mara Lindqvist").pk)
    assert "mara@oldmail.example" in body
    assert "claimed, not checked" in body
    assert "Internet Explorer 7 · Windows XP" in body


def test_nothing_a_visitor_wrote_runs_here(ruth):
    at = datetime.now(UTC)
    inbox = Inbox.objects.get(key="demo")

    def arrive(when: datetime) -> Arrived:
        columns = Surroundings(browser=CANARY, user_agent=CANARY).as_columns()
        customer = Customer.objects.create(inbox=inbox, name=CANARY, created_at=when)
        Identifier.objects.create(
            customer=customer, kind="email", value=CANARY, shown=CANARY, created_at=when
        )
        device = Device.objects.create(
            customer=customer,
            visit=uuid.uuid4(),
            token_hash=b"x" * 32,
            environment=columns,
            first_seen=at,
            last_seen=at,
        )
        Grant.objects.create(device=device, customer=customer, proof="device", at=at)
        return Arrived(customer.pk, CANARY)

    where = Surroundings(
        browser=CANARY,
        os=CANARY,
        device=CANARY,
        page=CANARY,
        referrer=CANARY,
        user_agent=CANARY,
        extra={"product": CANARY},
    ).as_columns()
    done = append(
        [
            Entry(
                uuid.uuid4(),
                Author("customer", None, CANARY),
                Say(CANARY, "x", opening=Opening(arrive, inbox.pk, CANARY, where)),
            )
        ]
    )[0]
    assert isinstance(done, Done)
    ana = Technician.objects.get(username="ana")
    Outcome.objects.create(
        conversation_id=done.head.id,
        problem=CANARY,
        cause=CANARY,
        fix=CANARY,
        applies_to=CANARY,
        confirmed_by=ana,
        at=at,
    )
    customer = done.head.customer
    bodies = [page(ruth, f"{name}_changelist") for name in LISTS]
    bodies.append(page(ruth, "chat_conversation_change", done.head.id))
    bodies.append(page(ruth, "customers_customer_change", customer))
    bodies.append(page(ruth, "customers_device_change", Device.objects.get(customer=customer).pk))
    bodies.append(page(ruth, "customers_grant_change", Grant.objects.get(customer=customer).pk))
    bodies.append(page(ruth, "chat_outcome_change", Outcome.objects.get(problem=CANARY).pk))
    assert sum("&lt;script&gt;alert(1)" in body for body in bodies) >= 9
    assert not any("<script>alert" in body for body in bodies)


def test_nothing_a_visitor_or_technician_wrote_runs_on_the_pages_about_who_somebody_is(ruth):
    """Names, addresses, browsers, reasons and facts, on every page that shows them."""
    family = Family.make(CANARY)
    at = datetime.now(UTC)
    eve = stranger(family.july.inbox, name=CANARY, address=CANARY)
    Device.objects.filter(pk=family.device.pk).update(environment={"browser": CANARY, "os": CANARY})
    add_device(customer=eve, visit=uuid.uuid4(), environment={}, at=at)
    new_resume_key(eve.pk, None, at)
    link = vouch_for(eve, family.march, reason=CANARY)
    Vouch.objects.update(facts=[CANARY], second_name=CANARY, by_name=CANARY)
    Verdict.objects.update(evidence={CANARY: CANARY})
    Link.objects.update(reason=CANARY, by_name=CANARY)
    Grant.objects.update(evidence=CANARY)
    by_hand = links.link(
        eve, family.july, reason=CANARY, proof=Proof.CLAIMED, by=Actor("customer", None, CANARY), at=at
    )
    links.unlink(by_hand.pk, by=Actor("customer", None, CANARY, CANARY), reason=CANARY, at=at)
    give(family.device, eve, Proof.PROVEN, at=at, actor=Actor("customer"), evidence=CANARY)
    audit.record(
        Action.SIGNED,
        Actor("customer", None, CANARY, CANARY),
        at=at,
        customer=eve.pk,
        device=family.device.pk,
        reason=CANARY,
        said=CANARY,
    )
    Mail.objects.update(subject=CANARY, error=CANARY, to=CANARY)
    Conversation.objects.update(subject=CANARY)
    bodies = {name: page(ruth, f"{name}_changelist") for name in LISTS if "agents" not in name}
    for name, row in (
        ("customers_customer_change", eve),
        ("customers_customer_find", eve),
        ("customers_link_change", link),
        ("customers_link_take_back", link),
        ("customers_device_change", family.device),
        ("customers_vouch_change", Vouch.objects.first()),
        ("customers_verdict_change", Verdict.objects.first()),
        ("customers_auditentry_change", AuditEntry.objects.get(action=Action.SIGNED)),
        ("customers_resumekey_change", ResumeKey.objects.get(customer=eve)),
        ("customers_grant_change", Grant.objects.get(customer=eve, proof=Proof.PROVEN)),
        ("chat_mail_change", Mail.objects.first()),
        ("chat_conversation_change", Conversation.objects.get(customer=eve)),
    ):
        assert row is not None
        bodies[name] = page(ruth, name, row.pk)
    find = reverse("admin:customers_customer_find", args=[family.march.pk])
    bodies["found"] = ruth.get(find, {"q": CANARY}).content.decode()
    other = stranger(family.july.inbox, name=CANARY, address=CANARY)
    bodies["preview"] = page(ruth, "customers_customer_link", eve.pk, other.pk)
    missing = {name for name, body in bodies.items() if "&lt;script&gt;alert(1)" not in body}
    assert missing == {"customers_inbox", "chat_outcome"}
    assert not [name for name, body in bodies.items() if "<script>alert" in body]
