"""Asks for suggestions for every returner and stranger, and counts how often they are right."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from customers.models import Inbox
from customers.normal import CLAIMS
from customers.recognition.evidence import Evidence
from customers.recognition.suggesting import suggest
from customers.recognition.traits import as_compared
from customers.recognition.trial.filing import claims_in
from customers.recognition.trial.people import Record


@dataclass(slots=True)
class Tally:
    """What came out. `right` and `strangers` hold scores of the first suggestion, 0 where there was none."""

    returners: int = 0
    first: int = 0
    among_three: int = 0
    likely: int = 0
    likely_right: int = 0
    strangers_likely: int = 0
    right_scores: list[float] = field(default_factory=list)
    stranger_scores: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def mark(self, share: float = 0.01) -> float:
        """The score that at most this share of the strangers reaches."""
        scores = sorted(self.stranger_scores, reverse=True)
        return scores[min(int(len(scores) * share), len(scores) - 1)] if scores else 0.0

    def above(self, mark: float) -> float:
        """The share of returners whose first suggestion is right and above the mark."""
        return sum(score > mark for score in self.right_scores) / max(1, self.returners)

    def time(self, share: float) -> float:
        """The time in milliseconds within which this share of the suggestions came."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def evidence_of(values: Mapping[str, str]) -> Evidence:
    """What a returner says, in the form that suggestions are made from."""
    claims = {kind: CLAIMS[kind](text) for kind, text in claims_in(dict(values)).items()}

    def one(kind: str) -> tuple[str, ...]:
        return (claims[kind].value,) if kind in claims else ()

    return Evidence(
        names=(claims["name"].shown,) if "name" in claims else (),
        emails=one("email"),
        phones=one("phone"),
        serials=one("serial"),
        orders=one("order"),
        traits=as_compared({kind: values[kind] for kind in ("place", "product", "model") if kind in values}),
    )


def ask(
    returners: list[Record],
    known: Mapping[int, UUID],
    inbox: Inbox,
    at: datetime,
    extra: Callable[[Record], dict[str, str]],
    told: Callable[[int], object],
) -> Tally:
    """Suggest somebody for each record and compare with who it is. `extra` is what the returner gives besides."""
    tally = Tally()
    for record in returners:
        evidence = evidence_of({**record.values, **extra(record)})
        began = time.perf_counter()
        found = suggest(evidence, exclude=frozenset(), inbox=inbox, at=at)
        tally.seconds.append(time.perf_counter() - began)
        told(1)
        likely = bool(found) and found[0].level == "likely"
        truth = known.get(record.person)
        if truth is None:
            tally.stranger_scores.append(found[0].score if found else 0.0)
            tally.strangers_likely += likely
            continue
        right = bool(found) and found[0].customer == truth
        tally.returners += 1
        tally.first += right
        tally.among_three += any(one.customer == truth for one in found)
        tally.likely += likely
        tally.likely_right += likely and right
        tally.right_scores.append(found[0].score if right else 0.0)
    return tally
