"""The same problem again: past problems like the one that somebody has now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from chat.models import Conversation, Outcome, OutcomeState
from chat.recall.fixes import Record, records_of
from chat.recall.index import first_words
from chat.recall.index_search import Scope, scope_of
from chat.recall.similar_ranking import Match, Ranking, rank
from customers.prepared import prepared

#: Of the person's own past problems, so that there is room for what helped others.
MOST_OF_THE_PERSON = 3
#: Matches that are read in full, to choose the shown ones from.
MOST_READ = 60


@dataclass(frozen=True, slots=True)
class Search:
    """One look for past problems: what is shown of them and whom they point to are read from the same."""

    ranking: Ranking
    scope: Scope
    person: frozenset[UUID]


def search(text: str, *, inbox: UUID, person: frozenset[UUID] = frozenset()) -> Search:
    """Past problems like `text`; those of `person`, as customers' ids, are looked at in any case.

    Problems of a separate inbox are found from there alone, and from there no others.
    """
    scope = scope_of(inbox)
    return Search(rank(text, scope, person), scope, person)


def search_for(conversation: Conversation, person: frozenset[UUID]) -> Search:
    """Past problems like the one that the customer has this time, by their subject and first words."""
    said = first_words([conversation.id]).get(conversation.id, "")
    within = conversation.subject.removesuffix(" …") in said
    text = said if within else f"{conversation.subject}\n{said}"
    return search(text, inbox=conversation.inbox_id, person=person)


def similar_problems(found: Search, *, limit: int = 5, exclude: UUID | None = None) -> list[dict[str, Any]]:
    """What was found, for the return card: this person's own first, then of all; each fix once.

    `exclude`: a conversation that is left out, usually the one that asks. Each: `{conversation, same_person, problem,
    cause, fix, state, score, outcome, count, held}`; `count` and `held` speak of all cases with this fix. No customer
    is named.
    """
    ranking, person = found.ranking, found.person
    past = _past_of([match.outcome for match in ranking.matches[:MOST_READ]], exclude)
    there = [match for match in ranking.matches[:MOST_READ] if match.outcome in past]
    own = [match for match in there if past[match.outcome].customer in person]
    others = [match for match in there if past[match.outcome].customer not in person]
    chosen = _each_fix_once(_told_apart(own, ranking), past, MOST_OF_THE_PERSON)
    chosen = _each_fix_once(_told_apart(others, ranking), past, limit, chosen)[:limit]
    records = records_of((past[match.outcome].mark for match in chosen), found.scope)
    return [_shown(match, past[match.outcome], records, person) for match in chosen]


def past_problems(found: Search, limit: int = 50) -> dict[UUID, tuple[float, datetime, str]]:
    """Customers who had such a problem: how alike (0 to 1), when it was solved, and the problem's words."""
    matches = found.ranking.matches[: 2 * limit]
    facts = {
        outcome: (customer, at, problem)
        for outcome, customer, at, problem in _whose(outcomes=[match.outcome for match in matches])
    }
    best: dict[UUID, tuple[float, datetime, str]] = {}
    for match in matches:
        if match.outcome in facts and len(best) < limit:
            customer, at, problem = facts[match.outcome]
            best.setdefault(customer, (match.score, at, problem))
    return best


@dataclass(frozen=True, slots=True)
class _Past:
    """A past problem as far as it is shown."""

    outcome: UUID
    conversation: UUID
    customer: UUID
    mark: str
    problem: str
    cause: str
    fix: str
    state: str


def _past_of(outcomes: Sequence[UUID], exclude: UUID | None) -> dict[UUID, _Past]:
    """The past problems, of each conversation the newest among them alone: an earlier one was overtaken by it."""
    rows = _told(outcomes=outcomes, exclude=exclude)
    newest = {past.conversation: past for past in (_Past(*row) for row in rows)}
    return {past.outcome: past for past in newest.values()}


@prepared
def _whose(outcomes: Sequence[UUID]) -> QuerySet[Outcome, Any]:
    found = Outcome.objects.filter(pk__in=outcomes)
    return found.values_list("id", "conversation__customer_id", "at", "problem")


@prepared
def _told(outcomes: Sequence[UUID], exclude: UUID | None) -> QuerySet[Outcome, Any]:
    found = Outcome.objects.filter(pk__in=outcomes).exclude(conversation=exclude).order_by("at")
    columns = ("id", "conversation_id", "conversation__customer_id", "found_by__fix")
    return found.values_list(*columns, "problem", "cause", "fix", "state")


def _told_apart(matches: Sequence[Match], ranking: Ranking) -> Iterator[Match]:
    """The best first, then whatever is good and not the same once more.

    What stands above only ever takes from a score, so only the one in front has to be held against it.
    """
    above: list[Match] = []
    # What each is worth at most, negative for the heap; its place; how many of `above` that allows for.
    waiting = [(-match.score, place, 0) for place, match in enumerate(matches)]
    heapify(waiting)
    while waiting:
        worth, place, seen = heappop(waiting)
        match = matches[place]
        if seen < len(above):
            less = max(ranking.repetition(one, match) for one in above[seen:])
            heappush(waiting, (max(worth, less - match.score), place, len(above)))
        else:
            above.append(match)
            yield match


def _each_fix_once(
    matches: Iterable[Match], past: dict[UUID, _Past], most: int, above: Sequence[Match] = ()
) -> list[Match]:
    """`above` and then these, up to `most`; none with a fix that stands above: its record speaks for it."""
    chosen = list(above)
    marks = {past[match.outcome].mark for match in chosen}
    for match in matches:
        if len(chosen) >= most:
            break
        mark = past[match.outcome].mark
        if not mark or mark not in marks:
            marks.add(mark)
            chosen.append(match)
    return chosen


def _shown(match: Match, past: _Past, records: dict[str, Record], person: frozenset[UUID]) -> dict[str, Any]:
    record = records.get(past.mark) or Record(count=1, held=int(past.state == OutcomeState.HELD))
    return {
        "conversation": str(past.conversation),
        "same_person": past.customer in person,
        "problem": past.problem,
        "cause": past.cause,
        "fix": past.fix,
        "state": past.state,
        "score": round(match.score, 3),
        "outcome": str(past.outcome),
        "count": record.count,
        "held": record.held,
    }
