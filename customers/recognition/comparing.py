"""One candidate against what is known of the returner: each comparison, its level and its bits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from customers.recognition.common import Commonness
from customers.recognition.evidence import Evidence, PastProblem
from customers.recognition.facts import Facts, texts
from customers.recognition.levels import (
    code_level,
    email_level,
    phone_level,
    problem_level,
    since_level,
)
from customers.recognition.names import readings
from customers.recognition.weights import TOGETHER

NUMBERS = {"phone": phone_level, "email": email_level, "serial": code_level, "order": code_level}
PLAIN = ("browser", "os", "screen", "locale", "time_zone", "network")
#: Everybody has these many values in a lifetime; of more, the best is compared.
MOST_VALUES = 3


@dataclass(slots=True)
class Agreement:
    """What agrees and what does not between a returner and one customer on file."""

    levels: dict[str, str] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    #: The value on file that was compared, for the reasons.
    values: dict[str, str] = field(default_factory=dict)
    swapped: bool = False

    def note(self, comparison: str, level: str, weight: float, value: str = "") -> None:
        """Keep one comparison."""
        self.levels[comparison], self.weights[comparison], self.values[comparison] = level, weight, value

    def bits(self) -> float:
        """All weights together; what says the same twice counts once."""
        total = sum(self.weights.values())
        for group, most in TOGETHER:
            if shared := group & self.weights.keys():
                total -= max(0.0, sum(self.weights[name] for name in shared) - most)
        return total


@dataclass(slots=True)
class _Way:
    """A name read in one way: the word taken for the given name, the one taken for the family name."""

    given: str
    family: str
    given_usual: float
    family_usual: float
    worth: float
    turned: bool


class Comparer:
    """Compares one returner with any number of candidates; what does not depend on the candidate is worked out once."""

    def __init__(
        self, evidence: Evidence, common: Commonness, shared: Mapping[tuple[str, str], int], at: datetime
    ):
        """`shared`: how many customers hold exactly an identifier (kind, value) that was given."""
        self.evidence, self.common, self.shared, self.at = evidence, common, shared, at
        self.table = common.table
        self._turned = math.log2(self.table.marks.swapped / (1 - self.table.marks.swapped))
        self._ways = [
            way for name in evidence.names[:MOST_VALUES] if readings(name) for way in self._ways_of(name)
        ]
        numbers = {
            "phone": evidence.phones,
            "email": (*evidence.emails, *evidence.proven),
            "serial": evidence.serials,
            "order": evidence.orders,
        }
        self._numbers = [
            (kind, tuple(values[: MOST_VALUES + 1])) for kind, values in numbers.items() if values
        ]
        given = {kind: tuple(values[:MOST_VALUES]) for kind, values in evidence.traits.items() if values}
        self._words = [(kind, given[kind]) for kind in ("place", "product", "model") if kind in given]
        self._plain = [(kind, given[kind]) for kind in PLAIN if kind in given]

    def compare(self, facts: Facts, problem: PastProblem | None, seen: datetime | None) -> Agreement:
        """Every comparison that both sides allow."""
        found = Agreement()
        self._compare_names(found, texts(facts, "name"))
        for kind, mine in self._numbers:
            if theirs := texts(facts, kind):
                self._compare_numbers(found, kind, mine, theirs)
        for kind, mine in self._words:
            if theirs := texts(facts, kind):
                self._compare_words(found, kind, mine, theirs)
        for kind, mine in self._plain:
            if theirs := texts(facts, kind):
                shared = next((value for value in theirs if value in mine), "")
                level = "same" if shared else "different"
                found.note(kind, level, self.table.bits(kind, level), shared)
        if self.evidence.problems:
            level = problem_level(problem.likeness if problem else None)
            found.note("problem", level, self.table.bits("problem", level), problem.words if problem else "")
        if seen is not None:
            level = since_level((self.at - seen).total_seconds() / 86400)
            found.note("since", level, self.table.bits("since", level))
        return found

    def _ways_of(self, name: str) -> list[_Way]:
        """Every way to read a name, in either order, each with what it is worth before anything agrees."""
        usual = self.common.usual
        ways = []
        pairs = readings(name)
        for given, family in pairs:
            for turned in (False, True) if given and family else (False,):
                one, other = (family, given) if turned else (given, family)
                commonness = usual("given", one) if one else 0.0, usual("family", other) if other else 0.0
                ways.append(_Way(one, other, *commonness, self._turned if turned else 0.0, turned))
        # How well this name agrees, on average, with somebody who is not meant: in any of its ways.
        average = math.log2(sum(2 ** (w.given_usual + w.family_usual + w.worth) for w in ways) / len(pairs))
        for way in ways:
            way.worth += way.given_usual + way.family_usual - average
        return ways

    def _compare_names(self, found: Agreement, stored: list[str]) -> None:
        best: tuple[float, _Way, tuple[str, str]] | None = None
        agreement = self.common.agreement
        theirs = readings(stored[0]) if stored else ()
        for way in self._ways:
            for given, family in theirs:
                weight, compared = way.worth, False
                if way.given and given:
                    weight += agreement("given", way.given, given)[1] - way.given_usual
                    compared = True
                if way.family and family:
                    weight += agreement("family", way.family, family)[1] - way.family_usual
                    compared = True
                if compared and (best is None or weight > best[0]):
                    best = weight, way, (given, family)
        if best is None:
            return
        weight, way, (given, family) = best
        for kind, word, other, usual in (
            ("given", way.given, given, way.given_usual),
            ("family", way.family, family, way.family_usual),
        ):
            if word and other:
                level, bits = agreement(kind, word, other)
                found.note(kind, level, bits - usual, other)
        found.swapped = way.turned
        found.note("order", "swapped" if way.turned else "kept", way.worth)

    def _compare_numbers(self, found: Agreement, kind: str, mine: Iterable[str], theirs: list[str]) -> None:
        level_of = NUMBERS[kind]
        best: tuple[float, str, str] | None = None
        for one in mine:
            for other in theirs:
                level = level_of(one, other)
                m, u = self.table.levels[kind][level]
                if level == "same":
                    # An address that a whole office uses says less.
                    others = self.shared.get((kind, other), 1) - 1
                    u = max(u, others / (self.common.people + 1))
                weight = math.log2(m / u)
                if best is None or weight > best[0]:
                    best = weight, level, other
        if best is not None:
            found.note(kind, best[1], best[0], best[2])

    def _compare_words(self, found: Agreement, kind: str, mine: Iterable[str], theirs: list[str]) -> None:
        best: tuple[float, str, str] | None = None
        for one in mine:
            usual = self.common.usual(kind, one)
            for other in theirs:
                level, bits = self.common.agreement(kind, one, other)
                if best is None or bits - usual > best[0]:
                    best = bits - usual, level, other
        if best is not None:
            found.note(kind, best[1], best[0], best[2])
