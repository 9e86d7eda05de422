"""What an act does to a conversation: one table, read from the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest

from agents.models import Technician
from chat.errors import Conflict, Problem
from chat.log.append import append
from chat.log.entries import Act, Author, Claim, Done, Entry, Release, Reopen, Resolve, Result, Say
from chat.models import Assignment, AuthorKind, Conversation, Outcome
from tests.support.log import begin, technician

pytestmark = pytest.mark.django_db(transaction=True)

MARA, ANA, BO = "Mara", "Ana", "Bo"
FIX = Resolve(problem="does not scan", cause="Internet Explorer 7", fix="the patch")


@dataclass
class Case:
    """A conversation, and people who do things in it."""

    conversation: UUID
    authors: dict[str, Author]
    said: int = 0

    def act(self, who: str, act: Act) -> Result:
        return append([Entry(self.conversation, self.authors[who], act)])[0]

    def say(self, who: str, note: bool = False) -> Result:
        self.said += 1
        return self.act(who, Say(f"line {self.said}", f"c{self.said}", note=note))

    @property
    def now(self) -> tuple[str, str | None]:
        """(status, who has it)."""
        row = Conversation.objects.select_related("technician").get(pk=self.conversation)
        return row.status, row.technician.username if row.technician else None


@pytest.fixture
def case() -> Case:
    ana, bo = technician("Ana"), technician("Bo")
    mara, opened = begin("It does not scan")
    return Case(opened.head.id, {MARA: mara, ANA: ana, BO: bo})


def kinds(result: Result) -> list[str]:
    assert isinstance(result, Done), result
    return [event.kind for event in result.events]


#: (what happened before, who does what, the events that come of it or None for a conflict, how it stands then)
#: "c" claim, "r" release, "s" resolve, "o" reopen, "m" a message, "n" a note; a capital names who.
RULES: list[tuple[str, str, list[str] | None, tuple[str, str | None]]] = [
    ("", "Ac", ["assigned"], ("active", "Ana")),
    ("Ac", "Ac", [], ("active", "Ana")),
    ("Ac", "Bc", None, ("active", "Ana")),
    ("Ac As", "Bc", None, ("resolved", "Ana")),
    ("", "Ar", [], ("waiting", None)),
    ("Ac", "Ar", ["assigned"], ("waiting", None)),
    ("Ac", "Br", None, ("active", "Ana")),
    ("Ac Ar", "Bc", ["assigned"], ("active", "Bo")),
    ("Ac As", "Ar", None, ("resolved", "Ana")),
    ("", "As", ["resolved"], ("resolved", "Ana")),
    ("Ac", "As", ["resolved"], ("resolved", "Ana")),
    ("Ac", "Bs", ["resolved"], ("resolved", "Ana")),
    ("Ac As", "As", [], ("resolved", "Ana")),
    ("Ac As", "Bs", None, ("resolved", "Ana")),
    ("Ac As", "Ao", ["reopened", "assigned"], ("active", "Ana")),
    ("Ac As", "Bo", ["reopened", "assigned"], ("active", "Bo")),
    ("Ac", "Ao", [], ("active", "Ana")),
    ("Ac", "Bo", None, ("active", "Ana")),
    ("", "Ao", None, ("waiting", None)),
    ("", "Am", ["assigned", "message"], ("active", "Ana")),
    ("Ac", "Bm", ["message"], ("active", "Ana")),
    ("Ac", "Am", ["message"], ("active", "Ana")),
    ("", "An", ["message"], ("waiting", None)),
    ("Ac As", "An", ["message"], ("resolved", "Ana")),
    ("Ac As", "Am", ["message"], ("resolved", "Ana")),
    ("", "Mm", ["message"], ("waiting", None)),
    ("Ac", "Mm", ["message"], ("active", "Ana")),
    ("Ac As", "Mm", ["reopened", "message"], ("waiting", None)),
    ("Ac As Mm", "Mm", ["message"], ("waiting", None)),
    ("Ac As Mm", "Bc", ["assigned"], ("active", "Bo")),
]


def do(case: Case, short: str) -> Result:
    who = {"M": MARA, "A": ANA, "B": BO}[short[0]]
    acts: dict[str, Act] = {"c": Claim(), "r": Release(), "s": FIX, "o": Reopen("came back")}
    return case.act(who, acts[short[1]]) if short[1] in acts else case.say(who, note=short[1] == "n")


@pytest.mark.parametrize(("before", "act", "events", "then"), RULES)
def test_rule(
    case: Case, before: str, act: str, events: list[str] | None, then: tuple[str, str | None]
) -> None:
    for step in before.split():
        assert isinstance(do(case, step), Done)
    last = Conversation.objects.get(pk=case.conversation).last_seq
    result = do(case, act)
    if events is None:
        assert isinstance(result, Conflict)
        assert result.current is not None
        assert result.current["status"] == then[0]
    else:
        assert kinds(result) == events
    assert case.now == then
    row = Conversation.objects.get(pk=case.conversation)
    assert row.last_seq == last + len(events or [])
    assert (row.waiting_since is not None) == (then[0] == "waiting")
    assert (row.resolved_at is not None) == (then[0] == "resolved")
    open_ones = Assignment.objects.filter(conversation=case.conversation, ended_at=None)
    assert [one.technician.username for one in open_ones] == ([then[1]] if then[0] == "active" else [])


def test_a_resolution_is_remembered_once_with_its_words(case: Case) -> None:
    case.act(ANA, Claim())
    case.act(ANA, FIX)
    repeated = case.act(ANA, FIX)
    assert isinstance(repeated, Done)
    outcome = Outcome.objects.get(conversation=case.conversation)
    assert (outcome.problem, outcome.cause, outcome.fix) == (FIX.problem, FIX.cause, FIX.fix)
    assert (outcome.state, outcome.confirmed_by.username) == ("unknown", "Ana")


def test_the_waiting_keep_their_place_while_they_write(case: Case) -> None:
    since = Conversation.objects.get(pk=case.conversation).waiting_since
    case.say(MARA)
    case.say(ANA, note=True)
    assert Conversation.objects.get(pk=case.conversation).waiting_since == since
    case.act(ANA, Claim())
    case.act(ANA, Release())
    later = Conversation.objects.get(pk=case.conversation).waiting_since
    assert since is not None
    assert later is not None
    assert later > since


def test_a_conflict_names_who_has_it(case: Case) -> None:
    case.act(ANA, Claim())
    refused = case.act(BO, Claim())
    assert isinstance(refused, Problem)
    ana = Technician.objects.get(username="Ana")
    assert refused.current == {"status": "active", "technician": {"id": str(ana.id)}}


def test_only_people_can_act(case: Case) -> None:
    assert case.authors[MARA].kind == AuthorKind.CUSTOMER
    assert case.authors[ANA].kind == AuthorKind.TECHNICIAN
