"""Linking and taking it back is as if nothing had been linked, whatever has arrived in between, on both sides."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chat.models import Conversation, Status
from chat.queue import pace
from chat.recall import similar_known
from chat.services import linking, recognition
from customers.audit import Actor
from customers.persons import person_of
from tests.known.looking import everything, reopen
from tests.support.indoors import Guest, note, prove, reply, solve
from tests.support.log import technician

pytestmark = pytest.mark.django_db

SIDES = ("Mara Lindqvist", "Eve Rask", "Mara Lindquist")
#: What may happen on a side, and to whom.
ACTS = ("message", "another conversation", "claim", "answer", "solve", "prove", "key", "held", "read")
acts = st.lists(st.tuples(st.sampled_from(range(3)), st.sampled_from(ACTS)), max_size=6)
ANA = Actor("technician", name="Ana")


@pytest.fixture(autouse=True)
def _nothing_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes back with each story: what was kept for half a minute would be kept for days."""
    monkeypatch.setattr(pace, "recall", lambda key, default=None: default)


class Story:
    """Three customers, each in a browser of their own, at a clock that only this story moves."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.talks: list[UUID] = []
        self.guests: list[Guest] = []
        self.own: list[list[UUID]] = [[], [], []]
        self.ana = Actor("technician", technician("Ana").id, "Ana")
        similar_known._known.clear()  # what a process has read stays read, also of what was rolled back
        # PostgreSQL counts on what a rolled back run has used; how many are on file is told from such a count.
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
                cursor.execute(statement)
        for side in range(3):
            self.guests.append(Guest())
            self.go_on(side, "another conversation")
        self.people = [guest.customer for guest in self.guests]

    def go_on(self, side: int, what: str) -> None:
        """One thing happens."""
        self.clock.shift(timedelta(minutes=20))
        guest = self.guests[side]
        reopen(guest)
        if what == "another conversation":
            about = {"name": SIDES[side], "email": f"mara{side}@example.com"}
            talk = guest.start(f"My PSC 2210v does not scan, {side} {len(self.own[side])}", **about)
            self.own[side].append(talk)
            self.talks.append(talk)
            return
        talk, number = self.own[side][-1], len(self.own[side])
        match what:
            case "message":
                guest.post(
                    f"conversations/{talk}/messages", {"client_id": f"{self.clock_now()}", "text": "still"}
                )
            case "claim":
                guest.post("about", {"phone": f"+4412345678{side}{number}", "serial": f"SN{side}7781"})
            case "answer":
                reply(talk, "Ana", "Install the patch")
                note(talk, "Bo", "a note")
            case "solve":
                if Conversation.objects.get(pk=talk).status != Status.RESOLVED:
                    solve(talk)
            case "prove":
                prove(self.people[side], f"mara{side}@example.com")
            case "key":
                guest.post(f"conversations/{talk}/resume-key")
            case "held":
                guest.post(f"conversations/{talk}/outcome", {"held": bool(number % 2)})
            case "read":
                guest.post(f"conversations/{talk}/read", {"seq": 1})

    @staticmethod
    def clock_now() -> str:
        """The story's time."""
        return datetime.now(UTC).isoformat()

    def link(self) -> UUID:
        """A technician takes Mara and Eve for one person."""
        a, b = self.people[0].pk, self.people[1].pk
        body = {"a": str(a), "b": str(b), "reason": "the same voice"}
        made = UUID(linking.link(given=body, by=self.ana).body["id"])
        assert person_of(a, datetime.now(UTC)) == {a, b}
        return made

    def vouch(self) -> UUID:
        """A technician opens Mara's history to Eve's browser."""
        body = {"customer": str(self.people[0].pk), "reason": "knew it all"}
        answer = recognition.vouch(conversation=self.own[1][-1], given=body, by=self.ana)
        assert len(self.guests[1].rows()) == len(self.own[0]) + len(self.own[1])
        return UUID(answer.body["link"])

    def take_back(self, link: UUID) -> None:
        """Not after all."""
        linking.unlink_as_asked(link=link, given={"reason": "not after all"}, by=self.ana)


def play(
    before: list[tuple[int, str]],
    between: list[tuple[int, str]],
    how: Callable[[Story], UUID] | None,
    *,
    exactly: bool,
) -> tuple[str, str]:
    """What is seen before and after; with a link in between if `how` makes one. Leaves nothing in the database."""
    with time_machine.travel(datetime(2026, 3, 3, 9, tzinfo=UTC), tick=False) as clock, transaction.atomic():
        story = Story(clock)
        for side, what in before:
            story.go_on(side, what)
        names: dict[str, str] | None = None if exactly else {}
        clock.shift(timedelta(minutes=20))
        first = everything(story.guests, story.talks, names=names)
        link = how(story) if how else None
        for side, what in between:
            story.go_on(side, what)
        if link is not None:
            story.take_back(link)
        if between:
            clock.shift(timedelta(minutes=20))
        last = everything(story.guests, story.talks, names=names)
        transaction.set_rollback(True)
    return first, last


def same(one: str, other: str) -> None:
    """Fails with the lines that differ, and what stands around them."""
    found = list(unified_diff(one.splitlines(), other.splitlines(), lineterm=""))
    if found:
        pytest.fail("\n".join(found))


USUAL = settings(
    max_examples=25 if os.environ.get("RAPPORT_LONG") else 3,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@USUAL
@given(before=acts)
def test_linked_and_unlinked_at_once_changes_nothing(before: list[tuple[int, str]]) -> None:
    first, last = play(before, [], Story.link, exactly=True)
    same(first, last)


@USUAL
@given(before=acts, between=acts)
def test_what_arrives_in_between_stays_where_it_arrived(
    before: list[tuple[int, str]], between: list[tuple[int, str]]
) -> None:
    """The twin has lived the same days and was never linked."""
    linked = play(before, between, Story.link, exactly=False)
    never = play(before, between, None, exactly=False)
    same("\n".join(linked), "\n".join(never))


def test_the_comparison_sees_a_link() -> None:
    """It could fail: while the link lasts, the panels differ."""
    with time_machine.travel(datetime(2026, 3, 3, 9, tzinfo=UTC), tick=False) as clock:
        story = Story(clock)
        first = everything(story.guests, story.talks)
        story.link()
        assert everything(story.guests, story.talks) != first


@USUAL
@given(before=acts, between=acts)
def test_a_vouch_taken_back_leaves_browsers_as_they_were(
    before: list[tuple[int, str]], between: list[tuple[int, str]]
) -> None:
    """For browsers alone: technicians keep what was written about it into the conversation."""
    seen = []
    for how in (Story.vouch, None):
        with (
            time_machine.travel(datetime(2026, 3, 3, 9, tzinfo=UTC), tick=False) as clock,
            transaction.atomic(),
        ):
            story = Story(clock)
            for side, what in before:
                story.go_on(side, what)
            reopen(story.guests[1])
            link = how(story) if how else None
            for side, what in between:
                story.go_on(side, what)
            if link is not None:
                story.take_back(link)
            seen.append(everything(story.guests, [], names={}))
            transaction.set_rollback(True)
    same(*seen)
