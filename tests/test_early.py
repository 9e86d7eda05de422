"""Who it may be, looked for while the customer still waits: the same as looked for later, and never in its place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.consumers import panels
from chat.consumers.panels import FIRST_WORDS, MOST_EARLY, Panels
from chat.log.append import append
from chat.log.entries import Claim, Done, Entry
from chat.models import Conversation
from chat.recall import early
from chat.recall.card import context_of
from chat.recall.suggesting import look_early
from customers.models import Verdict
from customers.recognition import Evidence, Suggestion, forget, suggest
from customers.services.claims import record_claims
from tests.support.log import technician
from tests.test_recognition_card import NOW, chat, march

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["march"]  # the fixture

Change = Callable[[Conversation, Conversation], object]


def shown(this: Conversation) -> tuple[list[str], int]:
    """Whom the card suggests, and how many statements it took."""
    with CaptureQueriesContext(connection) as asked:
        found = context_of(this.id)["return_card"]["suggestions"]
    return [one["customer"] for one in found], len(asked)


@pytest.fixture
def july(march: Conversation) -> Conversation:
    """Mara again, and nobody has taken her conversation yet."""
    return chat("Mara Lindqvist", "My printer will not scan", NOW, email="mara@new.example")


def test_the_same_with_fewer_statements_and_once(march: Conversation, july: Conversation) -> None:
    whole = context_of(july.id)["return_card"]["suggestions"]
    _, long = shown(july)
    look_early(july.id)
    (found, short), again = shown(july), shown(july)
    assert found == [one["customer"] for one in whole] == [str(march.customer_id)]
    assert short <= long - 4
    assert again == (found, long), "the second time it is looked for"
    look_early(july.id)
    assert context_of(july.id)["return_card"]["suggestions"] == whole


def refuse(march: Conversation, july: Conversation) -> None:
    Verdict.objects.create(
        customer=july.customer,
        candidate=march.customer,
        same=False,
        by=technician("Ana").id,
        at=july.opened_at,
    )


def erase(march: Conversation, july: Conversation) -> None:
    with transaction.atomic():
        forget(march.customer_id)


def tell_more(march: Conversation, july: Conversation) -> None:
    record_claims(customer=july.customer, claims={"email": "mara@newest.example"}, at=july.opened_at)


def grow_old(march: Conversation, july: Conversation) -> None:
    held = early._found[july.id]
    early._found[july.id] = early.Found(held.asked, held.suggestions, time.monotonic() - 1)


@pytest.mark.parametrize("change", [refuse, erase, tell_more, grow_old])
def test_looked_for_anew_when_something_has_changed(
    march: Conversation, july: Conversation, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_early(july.id)
    change(march, july)
    looked: list[UUID | None] = []

    def counted(evidence: Evidence, **how: Any) -> list[Suggestion]:
        looked.append(evidence.customer)
        return suggest(evidence, **how)

    monkeypatch.setattr("chat.recall.suggesting.suggest", counted)
    found, _ = shown(july)
    assert looked == [july.customer_id]
    assert (str(march.customer_id) in found) == (change not in {refuse, erase})


def test_nobody_looks_for_what_somebody_has_taken(july: Conversation) -> None:
    append([Entry(july.id, technician("Ana"), Claim())])
    look_early(july.id)
    assert not early._found


def test_no_more_is_kept_than_there_is_room_for(
    march: Conversation, july: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early, "MOST", 1)
    other = chat("Mara Lindqvist", "It does not scan", NOW)
    look_early(july.id)
    look_early(other.id)
    assert list(early._found) == [other.id]


@pytest.fixture(autouse=True)
def _nothing_found_yet() -> None:
    early._found.clear()


def word(seq: int, conversation: UUID | None = None) -> Done:
    """A customer's message, as it is announced."""
    this = SimpleNamespace(id=conversation or UUID(int=seq), technician=None, replied_at=None)
    event = SimpleNamespace(kind="message", author_kind="customer", seq=seq)
    return Done(head=this, event=event)  # type: ignore[arg-type]


def test_first_words_that_nobody_looks_at_are_looked_for_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[UUID] = []

    async def at_once(work: Callable[[UUID], object], conversation: UUID) -> None:
        assert work is look_early
        looked.append(conversation)

    async def note_and_flush() -> bool:
        gathering = Panels()
        for seq in (1, 2, FIRST_WORDS, FIRST_WORDS + 1, 2):
            gathering.note(word(seq))
        for more in range(100, 105):
            gathering.note(word(1, UUID(int=more)))
        some = gathering.changed.is_set()
        await gathering.flush()
        return some

    monkeypatch.setattr(panels, "in_database", at_once)
    assert asyncio.run(note_and_flush())
    assert MOST_EARLY == 3
    assert looked == [UUID(int=1), UUID(int=2), UUID(int=FIRST_WORDS)]
