"""Who of those on file may be the one who writes. A suggestion tells a technician where to look, nothing more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from customers.models import Inbox, Profile, Proof, Verdict
from customers.persons import persons_of
from customers.prepared import first, prepared
from customers.recognition.common import Commonness, people_on_file
from customers.recognition.comparing import Agreement, Comparer
from customers.recognition.evidence import Evidence, Suggestion
from customers.recognition.facts import WORDS, Facts, texts
from customers.recognition.fingerprints import tokens_of
from customers.recognition.fitted import current
from customers.recognition.names import readings
from customers.recognition.reasons import reasons_for
from customers.recognition.searching import MOST, MOST_FACTS, MOST_NAMES, candidates, holders, profiles_of
from customers.recognition.weights import Marks, Table
from customers.scope import alone, reach_of

#: Of so many that agree best it is asked whether they are one person.
GROUPED = 8
#: Profiles that are read at most to find `MOST` that this inbox may see.
READ_AT_MOST = 5 * MOST
#: Beyond it a weight changes no score, and a power of two becomes unwieldy.
MOST_BITS = 80.0
#: With fewer people on file their words are counted too coarsely: a name that one in sixty has here is often rare in
#: the world, so the mark lies lower.
FEW, LIKELY_AMONG_FEW = 150, 0.9
#: A mailbox proven in this browser that the customer had only typed: one click is enough.
STRONG_SCORE = 0.99


@dataclass(slots=True)
class _Scored:
    customer: UUID
    name: str
    bits: float
    agreement: Agreement
    strong: bool = False


def suggest(
    evidence: Evidence,
    *,
    exclude: frozenset[UUID],
    inbox: Inbox,
    at: datetime,
    limit: int = 3,
) -> list[Suggestion]:
    """At most `limit` people on file who may be the one who writes, the likeliest first, each person once.

    Nobody of `exclude`, nobody who was refused for this customer, nobody whom this inbox may not see. The work is
    bounded however many are on file.
    """
    if not evidence.telling():
        return []
    table = current()
    common = Commonness(table, people_on_file(), _own_words(evidence.customer))
    common.learn(
        {word for name in evidence.names[:MOST_NAMES] for pair in readings(name) for word in pair if word},
        {kind: evidence.traits.get(kind, ())[:MOST_FACTS] for kind in WORDS},
    )
    hidden = (
        exclude
        if evidence.customer is None
        else exclude | {evidence.customer} | refused_for(evidence.customer)
    )
    exact = {customer: held for customer, held in holders(evidence).items() if customer not in hidden}
    numbers = dict.fromkeys(
        [*profiles_of(exact), *profiles_of(evidence.problems), *candidates(evidence, common, READ_AT_MOST)]
    )
    counts: dict[tuple[str, str], int] = {}
    for held in exact.values():
        for kind, value, _ in held:
            counts[kind, value] = counts.get((kind, value), 0) + 1
    comparer = Comparer(evidence, common, counts, at)
    scored = []
    for customer, name, facts in _visible(list(numbers), inbox):
        if customer in hidden:
            continue
        agreement = comparer.compare(facts, evidence.problems.get(customer), _seen(facts))
        strong = any(
            kind == "email" and value in evidence.proven and proof == Proof.CLAIMED
            for kind, value, proof in exact.get(customer, ())
        )
        scored.append(_Scored(customer, name, min(agreement.bits(), MOST_BITS), agreement, strong))
    scored.sort(key=lambda one: (not one.strong, -one.bits, one.customer))
    return _ranked(scored, common, at, limit)


def _ranked(scored: list[_Scored], common: Commonness, at: datetime, limit: int) -> list[Suggestion]:
    people: list[_Scored] = []
    seen: set[UUID] = set()
    persons = persons_of([one.customer for one in scored[:GROUPED]], at) if scored else {}
    for one in scored[:GROUPED]:
        if one.customer not in seen:
            seen |= persons[one.customer]
            people.append(one)
    marks = common.table.marks
    # Somebody on file, or nobody on file: the odds before anything was compared, spread over all.
    nobody = max(1, common.people) * (1 - marks.returning) / marks.returning
    rest = [one for one in scored[GROUPED:] if one.customer not in seen]
    total = nobody + sum(2**one.bits for one in [*people, *rest])
    found = []
    for one in people[:limit]:
        score = max(2**one.bits / total, STRONG_SCORE if one.strong else 0.0)
        if score >= marks.possible:
            found.append(_suggestion(one, score, common.table, common))
    return sorted(found, key=lambda one: -one.score)


def _suggestion(one: _Scored, score: float, table: Table, common: Commonness) -> Suggestion:
    # Never certain: only proof is.
    score = min(score, 0.9999)
    return Suggestion(
        customer=one.customer,
        name=one.name,
        score=score,
        level="likely" if score >= _likely(table, common) else "possible",
        reasons=reasons_for(one.agreement, common, strong=one.strong),
        comparisons=dict(one.agreement.levels),
        strong=one.strong,
    )


def _own_words(customer: UUID | None) -> frozenset[tuple[str, str]]:
    facts = first(_facts_of(customer=customer)) if customer else None
    return frozenset(tokens_of(facts)) if facts else frozenset()


def _likely(table: Table, common: Commonness) -> float:
    fitted_here = table.marks.likely != Marks().likely
    return table.marks.likely if fitted_here or common.people >= FEW else LIKELY_AMONG_FEW


def refused_for(customer: UUID) -> frozenset[UUID]:
    """Whom technicians have said this customer is not. One query."""
    return frozenset(_refused(customer=customer))


def _visible(numbers: list[int], inbox: Inbox) -> Iterable[tuple[UUID, str, Facts]]:
    """(customer, name, facts) of those profiles that this inbox shares people with, at most `MOST`."""
    left, asked = MOST, 0
    while left > 0 and asked < min(len(numbers), READ_AT_MOST):
        # Few are hidden as a rule: what the first look leaves over is filled with few more.
        more = numbers[asked : min(asked + (2 * left if asked else MOST), READ_AT_MOST)]
        rows = _profiles(numbers=more, within=alone(inbox))[:left]
        asked, left = asked + len(more), left - len(rows)
        yield from rows


@prepared
def _facts_of(customer: UUID) -> QuerySet[Profile, Any]:
    return Profile.objects.filter(customer=customer).values_list("facts", flat=True)


@prepared
def _refused(customer: UUID) -> QuerySet[Verdict, Any]:
    return Verdict.objects.filter(customer=customer, same=False).values_list("candidate_id", flat=True)


@prepared
def _profiles(numbers: Iterable[int], within: UUID | None) -> QuerySet[Profile, Any]:
    shared = Profile.objects.filter(reach_of(within, "customer__"), id__in=numbers)
    return shared.values_list("customer_id", "customer__name", "facts")


def _seen(facts: Facts) -> datetime | None:
    for text in texts(facts, "seen"):
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            return None
    return None
