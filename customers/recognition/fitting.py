"""Fits the table of weights: by counting, where it is known who is who; by verdicts, where technicians have said so."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from customers.recognition.common import WORD_LEVELS
from customers.recognition.comparing import NUMBERS
from customers.recognition.evidence import Evidence
from customers.recognition.names import readings
from customers.recognition.weights import Levels, Table

#: The share of exchanged names that is refitted counts like so many observations already.
BELIEVED = 20.0
#: Pairs of different people that are looked at for `u`.
PAIRS = 150_000
#: Fewer verdicts, or fewer of either kind, say nothing.
LEAST_VERDICTS, LEAST_OF_A_KIND = 20, 5
#: How far (in natural logarithms) a weight may be thought to be off before any verdict.
SPREAD = 1.0
ROUNDS = 400


class TooFew(ValueError):
    """There is not enough to fit from; the message says how much there is."""


def fit_from_pairs(
    people: Sequence[tuple[Evidence, Sequence[Evidence]]], table: Table, *, seed: int = 1
) -> Table:
    """Count how often each level is seen of the same person (m) and of others (u).

    `people`: each with their original and their further records. Raises TooFew.
    """
    same = [(later, first) for first, rest in people for later in rest]
    if len(same) < LEAST_VERDICTS or len(people) < 2:
        raise TooFew(f"{len(same)} further records are too few to fit from; {LEAST_VERDICTS} are needed.")
    seen, others = _Counts(table), _Counts(table)
    for later, first in same:
        seen.add(later, first)
    draw = random.Random(seed)  # noqa: S311 — a repeatable sample, not a secret
    originals = [first for first, _ in people]
    for _ in range(PAIRS):
        (later, own), first = draw.choice(same), draw.choice(originals)
        if first is not own:
            others.add(later, first)
    levels: dict[str, Levels] = dict(table.levels)
    for comparison in seen.levels:
        m, u = seen.shares(comparison), others.shares(comparison)
        levels[comparison] = {level: (m[level], u[level]) for level in table.levels[comparison]}
    swapped = (seen.swapped + BELIEVED * table.marks.swapped) / (seen.names + BELIEVED)
    return Table(levels=levels, marks=replace(table.marks, swapped=swapped))


def fit_from_verdicts(verdicts: Iterable[tuple[Mapping[str, str], bool]], table: Table) -> Table:
    """Move the weights to where confirmed and refused suggestions part best, and no further than they say.

    Verdicts are about suggestions, which agree in much already, so they say nothing of `m` and `u` apart: the ratio is
    fitted by logistic regression that is drawn back to the present table. Raises TooFew.
    """
    rows = [(_known(levels, table), same) for levels, same in verdicts]
    rows = [(keys, same) for keys, same in rows if keys]
    right = sum(same for _, same in rows)
    if len(rows) < LEAST_VERDICTS or min(right, len(rows) - right) < LEAST_OF_A_KIND:
        raise TooFew(
            f"{right} confirmed and {len(rows) - right} refused suggestions are too few; {LEAST_VERDICTS} in all, and "
            f"{LEAST_OF_A_KIND} of either, are needed."
        )
    start = {key: math.log(table.ratio(*key)) for keys, _ in rows for key in keys}
    moved = _parted(rows, start)
    levels: dict[str, Levels] = dict(table.levels)
    for (comparison, level), weight in moved.items():
        m, u = table.levels[comparison][level]
        half = math.exp((weight - start[comparison, level]) / 2)
        levels[comparison] = {**levels[comparison], level: (min(m * half, 0.999), min(u / half, 0.9999))}
    return Table(levels=levels, marks=table.marks)


Key = tuple[str, str]


def _known(levels: Mapping[str, str], table: Table) -> tuple[Key, ...]:
    return tuple(
        (comparison, level)
        for comparison, level in levels.items()
        if level in table.levels.get(comparison, {})
    )


def _parted(rows: Sequence[tuple[tuple[Key, ...], bool]], start: Mapping[Key, float]) -> dict[Key, float]:
    """Logistic regression by plain ascent; each weight takes steps as large as its evidence is certain."""
    weights, middle = dict(start), -sum(sum(start[key] for key in keys) for keys, _ in rows) / len(rows)
    times = Counter(key for keys, _ in rows for key in keys)
    for _ in range(ROUNDS):
        slope: defaultdict[Key, float] = defaultdict(float)
        offset = 0.0
        for keys, same in rows:
            total = max(-30.0, min(30.0, middle + sum(weights[key] for key in keys)))
            missed = same - 1 / (1 + math.exp(-total))
            offset += missed
            for key in keys:
                slope[key] += missed
        middle += offset / (0.25 * len(rows) + 1)
        for key in weights:
            pull = (start[key] - weights[key]) / SPREAD**2
            # A step shared by the weights of one row: a few comparisons are seen at once.
            weights[key] += 0.3 * (slope[key] + pull) / (0.25 * times[key] + 1 / SPREAD**2)
    return weights


class _Counts:
    """How often each level was seen."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.levels: dict[str, Counter[str]] = defaultdict(Counter)
        self.names = self.swapped = 0
        self._cache: dict[tuple[str, str, str], str] = {}

    def add(self, later: Evidence, first: Evidence) -> None:
        """Compare two records."""
        self._name(later, first)
        for kind in ("place", "product", "model"):
            self._best(kind, later.traits.get(kind, ()), first.traits.get(kind, ()))
        for kind, values in (
            ("phone", "phones"),
            ("email", "emails"),
            ("serial", "serials"),
            ("order", "orders"),
        ):
            self._best(kind, getattr(later, values), getattr(first, values))

    def shares(self, comparison: str) -> dict[str, float]:
        """The share of each level; one observation is spread over all of them, so that none is 0 or 1."""
        counts = self.levels[comparison]
        total, levels = sum(counts.values()), self.table.levels[comparison]
        unseen = 1 / len(levels)
        return {level: (counts[level] + unseen) / (total + 1) for level in levels}

    def _name(self, later: Evidence, first: Evidence) -> None:
        if not later.names or not first.names:
            return
        turned_bits = math.log2(self.table.marks.swapped)
        best: tuple[float, list[Key], bool] | None = None
        for mine in readings(later.names[0]):
            for theirs in readings(first.names[0]):
                for turned in (False, True) if all(mine) else (False,):
                    pair = (mine[1], mine[0]) if turned else mine
                    found = [
                        (kind, self._level(kind, a, b))
                        for kind, a, b in zip(("given", "family"), pair, theirs, strict=True)
                        if a and b
                    ]
                    bits = sum(self.table.bits(*key) for key in found) + (turned_bits if turned else 0)
                    if found and (best is None or bits > best[0]):
                        best = bits, found, turned
        if best is not None:
            self.names += 1
            self.swapped += best[2]
            for comparison, level in best[1]:
                self.levels[comparison][level] += 1

    def _best(self, kind: str, mine: Iterable[str], theirs: Sequence[str]) -> None:
        levels = [self._level(kind, a, b) for a in mine for b in theirs]
        if levels:
            self.levels[kind][max(levels, key=lambda level: self.table.ratio(kind, level))] += 1

    def _level(self, kind: str, a: str, b: str) -> str:
        key = (kind, a, b)
        if key not in self._cache:
            if len(self._cache) > 500_000:
                self._cache.clear()
            self._cache[key] = (WORD_LEVELS.get(kind) or NUMBERS[kind])(a, b)
        return self._cache[key]
