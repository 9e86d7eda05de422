"""Whoever waits for an answer of somebody who is gone is given back to the queue; nobody else is."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from uuid import UUID

import pytest

from agents.models import Presence, Technician
from agents.services import LEASE
from chat.log.append import append
from chat.log.entries import SYSTEM, Author, Claim, Done, Entry, Release, Say
from chat.models import Assignment, Conversation, Event, Status
from chat.services.absence import Absences
from tests.support.log import begin, technician

pytestmark = pytest.mark.django_db

NOW, PATIENCE = 1000.0, 300.0  # seconds of the worker's clock


@pytest.fixture(autouse=True)
def _patience(settings) -> None:
    settings.RAPPORT = {**settings.RAPPORT, "GONE_AFTER": PATIENCE}


def here(who: Author, *, state: str = "online") -> UUID:
    """A console of `who` is open."""
    socket = uuid.uuid4()
    assert who.id
    Presence.objects.create(socket=socket, technician_id=who.id, expires_at=datetime.now(UTC) + LEASE)
    Technician.objects.filter(pk=who.id).update(availability=state)
    return socket


def do(conversation: UUID, who: Author, act: object) -> Done:
    done = append([Entry(conversation, who, act)])[0]  # type: ignore[arg-type]
    assert isinstance(done, Done), done
    return done


def say(conversation: UUID, who: Author, text: str, *, note: bool = False) -> Done:
    return do(conversation, who, Say(text, str(uuid.uuid4()), note=note))


def helped(by: Author) -> tuple[Author, UUID]:
    """Somebody whom `by` has answered."""
    mara, opened = begin()
    say(opened.head.id, by, "Which page?")
    return mara, opened.head.id


def status(conversation: UUID) -> tuple[str, UUID | None]:
    row = Conversation.objects.get(pk=conversation)
    return row.status, row.technician_id


def test_after_a_while_the_queue_has_what_waits_for_somebody_who_is_gone() -> None:
    ana, bo = technician("Ana"), technician("Bo")
    here(bo)
    mara, conversation = helped(ana)
    asked = say(conversation, mara, "The scanner's").event
    say(conversation, mara, "Are you there?")
    say(conversation, bo, "She is out", note=True)
    assert asked
    looks = Absences()
    assert looks.look(NOW) == 0
    assert looks.look(NOW + PATIENCE - 1) == 0
    assert status(conversation) == (Status.ACTIVE, ana.id)
    assert looks.look(NOW + PATIENCE) == 1
    assert status(conversation) == (Status.WAITING, None)
    row = Conversation.objects.get(pk=conversation)
    assert row.waiting_since == asked.at, "she keeps her place from when she began to wait"
    last = Event.objects.filter(conversation=conversation).latest("seq")
    assert (last.kind, last.author_kind, last.author) == ("assigned", "system", None)
    assert last.body
    assert last.body["technician"] is None
    assert last.customer_seq == row.customer_last_seq, "the customer is told too"
    assert not Assignment.objects.filter(conversation=conversation, ended_at=None).exists()
    assert looks.look(NOW + 2 * PATIENCE) == 0
    do(conversation, bo, Claim())
    assert status(conversation) == (Status.ACTIVE, bo.id)


def test_who_is_back_in_between_keeps_what_they_have() -> None:
    ana, bo = technician("Ana"), technician("Bo")
    here(bo)
    mara, conversation = helped(ana)
    say(conversation, mara, "The scanner's")
    looks = Absences()
    looks.look(NOW)
    socket = here(ana, state="away")
    assert looks.look(NOW + PATIENCE) == 0, "away, but there"
    Presence.objects.filter(socket=socket).delete()
    assert looks.look(NOW + PATIENCE + 1) == 0, "a reload of the page: counted from here"
    assert looks.look(NOW + 2 * PATIENCE) == 0
    assert looks.look(NOW + 2 * PATIENCE + 1) == 1


def test_a_lease_that_nobody_renews_ends_by_itself() -> None:
    ana, bo = technician("Ana"), technician("Bo")
    here(bo)
    socket = here(ana)  # her server was killed: nothing took this away
    mara, conversation = helped(ana)
    say(conversation, mara, "The scanner's")
    looks = Absences()
    assert looks.look(NOW) == looks.look(NOW + PATIENCE) == 0
    Presence.objects.filter(socket=socket).update(expires_at=datetime.now(UTC))
    assert looks.look(NOW + PATIENCE + 1) == 0
    assert looks.look(NOW + 2 * PATIENCE + 1) == 1


def test_what_was_answered_stays() -> None:
    ana, bo = technician("Ana"), technician("Bo")
    here(bo)
    mara, conversation = helped(ana)
    looks = Absences()
    looks.look(NOW)
    assert looks.look(NOW + PATIENCE) == 0
    say(conversation, mara, "It works now?")
    assert looks.look(NOW + PATIENCE + 5) == 1, "they have been gone long enough before"


def test_it_stays_while_nobody_else_could_take_it(settings) -> None:
    ana, bo = technician("Ana"), technician("Bo")
    mara, conversation = helped(ana)
    say(conversation, mara, "The scanner's")
    looks = Absences()
    here(bo, state="away")
    assert looks.look(NOW) == looks.look(NOW + 2 * PATIENCE) == 0
    here(bo)
    assert looks.look(NOW + 3 * PATIENCE) == 0, "everybody may just be coming back"
    settings.RAPPORT = {**settings.RAPPORT, "GONE_AFTER": 0}
    assert looks.look(NOW + 9 * PATIENCE) == 0, "0: never"


def test_a_look_that_comes_too_late_changes_nothing() -> None:
    ana, bo = technician("Ana"), technician("Bo")
    mara, conversation = helped(ana)
    seen = say(conversation, mara, "The scanner's").head.last_seq
    say(conversation, ana, "Then I know")
    assert do(conversation, SYSTEM, Release(gone=ana.id, seen=seen)).events == []
    assert do(conversation, SYSTEM, Release(gone=bo.id, seen=seen + 1)).events == []
    assert status(conversation) == (Status.ACTIVE, ana.id)
