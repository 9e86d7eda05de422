"""The return card of a person who is several customers, and what it costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.errors import NotFound
from chat.log.append import append
from chat.log.entries import Done, Entry, Resolve
from chat.models import Conversation, Outcome, Promise
from chat.recall import similar_known
from chat.recall.card import context_of
from customers.models import Device, Inbox, Link, Proof, Vouch
from tests.support.log import technician
from tests.support.past import begun, helper, solve, solved, somebody
from tests.support.shapes import CARD, fits

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """How common words are is kept in the process; what another test has put on file was rolled back."""
    monkeypatch.setattr(similar_known, "_known", {})


def card(conversation: UUID) -> dict[str, Any]:
    found: dict[str, Any] = context_of(conversation)["return_card"]
    fits(found, CARD)
    return found


def link(a: Any, b: Any, **more: Any) -> Link:
    return Link.objects.create(
        a=a, b=b, reason="same voice", proof=Proof.VOUCHED, by_name="Ana", at=NOW, **more
    )


def test_linked_customers_are_one_person_with_one_history() -> None:
    before, now = somebody("Mara"), somebody()
    outcome = solved("does not scan", "Install the patch", customer=before)
    Promise.objects.create(
        conversation_id=outcome.conversation_id, text="A new cable", by_id=helper(), at=NOW
    )
    talk = begun("does not scan again", now)
    alone = card(talk)
    assert (alone["returning"], alone["last"], alone["links"], alone["promises"]) == (False, None, [], [])
    assert alone["similar"][0]["same_person"] is False
    made = link(before, now)
    together = card(talk)
    assert together["returning"]
    assert set(together["person"]["customers"]) == {str(before.pk), str(now.pk)}
    assert together["person"]["name"] == "Mara"
    assert together["last"]["outcome"] == str(outcome.pk)
    assert together["similar"][0]["same_person"] is True
    assert [one["text"] for one in together["promises"]] == ["A new cable"]
    (shown,) = together["links"]
    assert (shown["id"], shown["customer"], shown["name"]) == (str(made.pk), str(before.pk), "Mara")
    assert (shown["proof"], shown["reason"], shown["by"]) == ("vouched", "same voice", "Ana")
    Link.objects.filter(pk=made.pk).update(revoked_at=NOW)
    assert card(talk) == alone, "as if nothing had been"


def test_a_vouch_that_waits_for_a_second_person_is_shown_until_it_is_decided() -> None:
    before, now = somebody("Mara"), somebody("M")
    talk = begun("hello", now)
    device = Device.objects.create(
        customer=now, visit=talk, token_hash=b"x" * 32, first_seen=NOW, last_seen=NOW
    )
    assert card(talk)["vouch"] is None
    waiting = Vouch.objects.create(
        conversation=talk,
        customer=now,
        candidate=before,
        device=device,
        facts=["knew the model"],
        by=helper(),
        by_name="Ana",
        at=NOW,
    )
    shown = card(talk)["vouch"]
    assert shown.pop("at")
    assert shown == {
        "id": str(waiting.pk),
        "candidate": str(before.pk),
        "name": "Mara",
        "by": "Ana",
        "facts": ["knew the model"],
    }
    Vouch.objects.filter(pk=waiting.pk).update(refused_at=NOW)
    assert card(talk)["vouch"] is None


@pytest.mark.parametrize("word", ["off", "technician", "second"])
def test_the_card_says_what_the_inbox_allows(word: str) -> None:
    home = Inbox.objects.create(key="home", name="Home", vouching=word)
    assert card(begun("hello", somebody(inbox=home)))["vouching"] == word


def test_an_address_of_another_customer_of_the_person_counts_as_changed() -> None:
    before, now = somebody("Mara"), somebody("Mara")
    early = NOW - timedelta(days=100)
    for customer, address in ((before, "old@mail.example"), (now, "new@mail.example")):
        customer.identifiers.create(kind="email", value=address, shown=address, created_at=early)
    solved("does not scan", "Install the patch", customer=before)
    talk = begun("does not scan", now)
    assert card(talk)["changed"] == []
    link(before, now)
    assert card(talk)["changed"] == [{"what": "email", "from": "old@mail.example", "to": "new@mail.example"}]
    now.identifiers.update(value="old@mail.example")
    assert card(talk)["changed"] == []


def test_an_outcome_of_a_separate_inbox_cannot_be_used_again_elsewhere() -> None:
    clinic = Inbox.objects.create(key="clinic", name="Clinic", separate=True)
    inside = solved("blood test", "Sent again", inbox=clinic)
    talk = begun("blood test", somebody())
    (refused,) = append([Entry(talk, technician("Ana"), Resolve("x", fix="y", again=inside.pk))])
    assert isinstance(refused, NotFound)
    there = Conversation.objects.get(pk=talk)
    assert (there.status, there.last_seq, Outcome.objects.count()) == ("waiting", 1, 1), (
        "and nothing has moved"
    )
    own = begun("blood test", somebody(inbox=clinic))
    (done,) = append([Entry(own, technician("Ana"), Resolve("x", fix="y", again=inside.pk))])
    assert isinstance(done, Done)
    assert Outcome.objects.get(conversation=own).again_id == inside.pk
    assert done.event is not None
    assert done.event.body is not None
    assert "again" not in done.event.body["outcome"], "nobody else's outcome is named to the customer"


def test_a_card_costs_the_same_however_much_is_on_file() -> None:
    def queries(conversation: UUID) -> int:
        with CaptureQueriesContext(connection) as seen:
            card(conversation)
        return len(seen)

    def file(many: int) -> None:
        for number in range(many):
            solved(f"does not scan {number}", f"Fix {number}", customer=mara)
            solved(f"does not scan either {number}", f"Other fix {number}")

    mara = somebody("Mara")
    file(2)
    talk = begun("does not scan", mara)
    queries(talk)
    few = queries(talk)
    file(15)
    assert queries(talk) <= few
    assert few <= 40


def test_the_same_resolution_sent_again_is_no_conflict_and_leaves_one_outcome() -> None:
    past = solved("does not scan", "Install the patch")
    talk = begun("does not scan", somebody())
    how = Resolve("does not scan", fix="Install the patch", again=past.pk)
    solve(talk, how)
    (again,) = append([Entry(talk, technician("Ana"), how)])
    assert isinstance(again, Done)
    (other,) = append([Entry(talk, technician("Ana"), Resolve("does not scan", fix="Install the patch"))])
    assert not isinstance(other, Done), "without the tie it is another outcome"
    assert Outcome.objects.filter(conversation=talk).count() == 1
