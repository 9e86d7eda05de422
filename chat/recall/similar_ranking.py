"""Candidates from the index, put in order by how alike they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from chat.models import Problem
from chat.recall.embedding import Meaning, Vector, way
from chat.recall.index_search import Candidate, Scope, find_candidates, rows_of
from chat.recall.similar_known import known
from chat.recall.similar_text import Letters, Scale, essence, words_of
from customers.prepared import prepared

#: Below this, two problems share some ordinary words and nothing else.
LEAST = 0.25
#: The same where meaning counts too: any two sentences of one trade mean something alike.
LEAST_MEANT = 0.25
#: How much the letters count beside the meaning. They know names and numbers of models, which meaning does not.
WRITTEN = 0.4
MOST_NEAREST = 100
#: How much a result loses for being like one that stands above it: three wordings of one problem help less than
#: three problems.
REPETITION = 0.4
#: The person's newest outcomes that are looked at, whatever their words.
OF_THE_PERSON = 50


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A past problem and how alike it is, from 0 to 1."""

    outcome: UUID
    score: float
    letters: Letters
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The past problems that are like a text, the most alike first."""

    matches: list[Match]
    scale: Scale

    def repetition(self, one: Match, other: Match) -> float:
        """What `other` loses because `one` is shown already."""
        alike = self.scale.alike(one.letters, other.letters)
        if one.vector is not None and other.vector is not None:
            alike = _together(float(one.vector @ other.vector), alike)
        return REPETITION * alike


def rank(text: str, scope: Scope, person: Iterable[UUID] = ()) -> Ranking:
    """The past problems within `scope` that are like `text`; those of `person` are looked at in any case."""
    counted = known()
    scale = counted.scale
    text = essence(text)
    words = words_of(text)
    if not words:
        return Ranking([], scale)
    meaning = Meaning(text) if way() == "embedding" else None
    rows = {row.id: row for row in [*find_candidates(words, scope, counted), *_of_person(person, scope)]}
    if meaning is not None:
        near = set(meaning.nearest(scope, MOST_NEAREST)) - rows.keys()
        rows |= {row.id: row for row in rows_of(near)}
    vectors = meaning.of(rows) if meaning is not None else {}
    question = scale.read(" ".join(words))
    matches = []
    for row in rows.values():
        score, letters = _by_letters(row, question, scale)
        vector = vectors.get(row.id)
        least = LEAST
        if meaning is not None and vector is not None:
            score, least = _together(meaning.found(vector), score), LEAST_MEANT
        if score >= least:
            matches.append(Match(row.outcome, min(1.0, score), letters, vector))
    return Ranking(sorted(matches, key=lambda match: match.score, reverse=True), scale)


def _by_letters(row: Candidate, question: Letters, scale: Scale) -> tuple[float, Letters]:
    """By the technician's words or by the customer's, whichever fit better."""
    told = scale.read(row.told)
    score = scale.found(question, told)
    if row.said:
        said = scale.read(row.said)
        heard = scale.found(question, said)
        if heard > score:
            return heard, said
    return score, told


def _together(meant: float, written: float) -> float:
    """One score from what two texts mean and what they are written with."""
    return (meant + WRITTEN * written) / (1 + WRITTEN)


def _of_person(person: Iterable[UUID], scope: Scope) -> list[Candidate]:
    found = _own(customers=list(person), only=scope.only, without=scope.without)
    return [Candidate(*row) for row in found]


@prepared
def _own(customers: list[UUID], only: UUID | None, without: Sequence[UUID]) -> QuerySet[Problem, Any]:
    within = Scope(only, tuple(without)).inboxes("outcome__conversation__")
    own = Problem.objects.filter(within, outcome__conversation__customer_id__in=customers)
    return own.order_by("-id").values_list("id", "outcome_id", "told", "said")[:OF_THE_PERSON]
