"""Suggestions as they stand on the return card: who, why, what to ask, and what happened last time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.models import Technician
from chat.models import Conversation, Environment, Outcome
from chat.recall.suggesting import levels_for, suggestions_for
from customers.environment import Surroundings
from customers.models import Customer, Identifier, Link, Proof
from customers.recognition import catch_up, record_traits, traits_of
from customers.services.claims import record_claims
from tests.support.log import begin, inbox

pytestmark = pytest.mark.django_db(transaction=True)

THEN = Surroundings(
    browser="Internet Explorer 7", os="Windows XP", extra={"model": "PSC 2210v", "city": "Ashfield"}
)
NOW = Surroundings(browser="Firefox 3.0", os="Windows XP", extra={"model": "PSC 2210v"})


def chat(name: str, text: str, where: Surroundings, **claims: str) -> Conversation:
    """A conversation begun, with what the customer said of themselves."""
    _, done = begin(text)
    this = Conversation.objects.select_related("customer", "inbox").get(pk=done.head.id)
    Environment.objects.filter(conversation=this).delete()
    Environment.objects.create(conversation=this, **where.as_columns())
    record_claims(
        customer=this.customer, claims={"name": name, **claims} if name else claims, at=this.opened_at
    )
    if not name:
        Customer.objects.filter(pk=this.customer_id).update(name="")
    record_traits(this.customer, traits_of(where), at=this.opened_at)
    catch_up()
    return Conversation.objects.select_related("customer", "inbox").get(pk=this.pk)


@pytest.fixture
def march() -> Conversation:
    """Mara's first visit, solved by Ana, among others."""
    for name in ("Ellen Fisher", "Peter Novak", "Tom Baxter"):
        chat(name, "My monitor stays dark", Surroundings(extra={"model": "L1750"}))
    this = chat("Mara Lindqvist", "It does not scan", THEN, email="mara@old.example", serial="CN42K7XX")
    ana, _ = Technician.objects.get_or_create(username="ana", defaults={"display_name": "Ana"})
    Outcome.objects.create(
        conversation=this,
        problem="PSC 2210v does not scan",
        cause="Internet Explorer 7",
        fix="Install the 2210 patch, restart",
        confirmed_by=ana,
        at=this.opened_at + timedelta(minutes=20),
    )
    return this


def test_a_name_and_a_model_find_her_with_reasons_and_questions(march: Conversation) -> None:
    july = chat("Mara Lindqvist", "My printer will not scan", NOW, email="mara@new.example")
    first = suggestions_for(july)[0]
    assert (first["customer"], first["name"], first["level"]) == (
        str(march.customer_id),
        "Mara Lindqvist",
        "likely",
    )
    assert any(reason.startswith("same family name") for reason in first["reasons"])
    assert first["last"]["fix"] == "Install the 2210 patch, restart"
    assert first["last"]["case_code"] == march.case_code
    assert {"kind": "email", "shown": "mara@old.example", "proof": "claimed"} in first["identifiers"]
    expected = {question["ask"]: question["expect"] for question in first["questions"]}
    assert expected["What solved it last time?"] == "Install the 2210 patch, restart"
    assert expected["What are the last 4 characters of the serial number?"] == "…K7XX"
    assert expected["Which browser and computer did you use then?"] == "Internet Explorer 7 on Windows XP"
    assert not any("product" in ask for ask in expected), "she has said so herself"
    assert first["strong"] is False
    assert levels_for(july, march.customer_id)["family"] == "same"
    assert levels_for(july, july.customer_id) == {}


def test_an_old_serial_number_alone_makes_her_likely(march: Conversation) -> None:
    first = suggestions_for(chat("M.", "hello", Surroundings(), serial="cn-42k7-xx"))[0]
    assert (first["customer"], first["level"]) == (str(march.customer_id), "likely")
    assert "same serial number" in first["reasons"]


def test_the_old_mailbox_proven_makes_her_strong(march: Conversation) -> None:
    july = chat("", "hello", Surroundings(), email="mara@old.example")
    Identifier.objects.filter(customer=july.customer_id).update(proof=Proof.PROVEN)
    first = suggestions_for(july)[0]
    assert (first["customer"], first["strong"]) == (str(march.customer_id), True)


def test_who_is_linked_already_and_who_said_nothing_get_no_suggestion(march: Conversation) -> None:
    july = chat("Mara Lindqvist", "hello", NOW)
    assert suggestions_for(july)
    Link.objects.create(
        a=july.customer,
        b=march.customer,
        reason="vouched",
        proof=Proof.VOUCHED,
        at=july.opened_at - timedelta(days=1),
    )
    assert str(march.customer_id) not in {one["customer"] for one in suggestions_for(july)}
    silent = chat("", "hello", Surroundings(browser="Firefox 3.0"))
    assert suggestions_for(silent) == []


def test_the_card_costs_the_same_with_more_on_file(march: Conversation) -> None:
    july = chat("Mara Lindqvist", "My printer will not scan", NOW)
    with CaptureQueriesContext(connection) as few:
        assert suggestions_for(july)
    for number in range(20):
        chat(f"Mara Lind{chr(97 + number)}", "It does not scan", THEN)
    with CaptureQueriesContext(connection) as many:
        assert suggestions_for(july)
    assert len(many) <= len(few) + 2
    assert inbox().customers.count() == Customer.objects.count()
