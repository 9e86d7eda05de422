"""The one table of weights: for every comparison and level, m and u.

`m` is how often the level is seen when the one who writes *is* the customer on file, `u` how often when they are
not. A level's weight is log2(m / u) bits. What a value itself says (a rare name says more than a common one) is not
in the table; `customers.recognition.scoring` takes it from what is on file. Names, place and phone were fitted from
corrupted person records (docs/recognition.md), the rest are considered estimates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Levels = Mapping[str, tuple[float, float]]

DEFAULTS: dict[str, dict[str, tuple[float, float]]] = {
    "given": {
        "same": (0.456, 0.0022),
        "nickname": (0.03, 0.0012),
        "initial": (0.01, 0.0016),
        "slip": (0.21, 0.0015),
        "close": (0.066, 0.0008),
        "sounds": (0.04, 0.002),
        "alike": (0.085, 0.0042),
        "rough": (0.035, 0.018),
        "faint": (0.031, 0.093),
        "different": (0.085, 0.88),
    },
    "family": {
        "same": (0.375, 0.0004),
        "slip": (0.25, 0.0005),
        "close": (0.092, 0.00025),
        "sounds": (0.05, 0.001),
        "alike": (0.1, 0.0022),
        "rough": (0.025, 0.0106),
        "faint": (0.03, 0.0686),
        "different": (0.092, 0.917),
    },
    "place": {
        "same": (0.53, 0.0004),
        "slip": (0.27, 0.0002),
        "close": (0.131, 0.0003),
        "sounds": (0.02, 0.0006),
        "alike": (0.039, 0.0025),
        "rough": (0.004, 0.0083),
        "faint": (0.004, 0.095),
        "different": (0.03, 0.89),
    },
    "phone": {
        "same": (0.70, 0.000002),
        "slip": (0.10, 0.000005),
        "close": (0.073, 0.00004),
        "alike": (0.018, 0.0002),
        "end": (0.05, 0.0005),
        "different": (0.11, 0.9997),
    },
    "email": {
        "same": (0.35, 0.0000005),
        "slip": (0.03, 0.000002),
        "local": (0.12, 0.00002),
        "alike": (0.05, 0.0002),
        "domain": (0.15, 0.15),
        "different": (0.30, 0.85),
    },
    "serial": {
        "same": (0.70, 0.0000005),
        "slip": (0.08, 0.00001),
        "end": (0.05, 0.0001),
        "different": (0.17, 0.9999),
    },
    "order": {
        "same": (0.40, 0.0000005),
        "slip": (0.05, 0.00005),
        "end": (0.03, 0.0001),
        "different": (0.52, 0.9998),
    },
    "product": {"same": (0.60, 0.03), "part": (0.1, 0.03), "different": (0.30, 0.94)},
    "model": {"same": (0.60, 0.015), "part": (0.1, 0.02), "different": (0.30, 0.965)},
    "problem": {
        "same": (0.30, 0.01),
        "alike": (0.15, 0.02),
        "faint": (0.10, 0.04),
        "different": (0.45, 0.93),
    },
    "browser": {"same": (0.55, 0.30), "different": (0.45, 0.70)},
    "os": {"same": (0.65, 0.30), "different": (0.35, 0.70)},
    "screen": {"same": (0.50, 0.12), "different": (0.50, 0.88)},
    "locale": {"same": (0.90, 0.40), "different": (0.10, 0.60)},
    "time_zone": {"same": (0.92, 0.30), "different": (0.08, 0.70)},
    "network": {"same": (0.35, 0.003), "different": (0.65, 0.997)},
    "since": {
        "days": (0.20, 0.12),
        "months": (0.45, 0.38),
        "year": (0.25, 0.30),
        "older": (0.10, 0.20),
    },
}

#: Comparisons that say much the same thing: together they count for no more than this many bits.
TOGETHER: tuple[tuple[frozenset[str], float], ...] = (
    (frozenset({"browser", "os", "screen"}), 3.0),
    (frozenset({"locale", "time_zone", "network"}), 6.0),
    (frozenset({"product", "model", "serial"}), 24.0),
)


@dataclass(frozen=True, slots=True)
class Marks:
    """Where words begin, and what is believed before anything was compared."""

    #: From this score a candidate is called likely: at most one stranger in a hundred gets there.
    likely: float = 0.97
    #: Below it nothing is suggested.
    possible: float = 0.004
    #: How many of those who write were here before.
    returning: float = 0.5
    #: How often somebody writes the family name first.
    swapped: float = 0.03


@dataclass(frozen=True, slots=True)
class Table:
    """A table of weights in use."""

    levels: Mapping[str, Levels] = field(default_factory=lambda: MappingProxyType(DEFAULTS))
    marks: Marks = Marks()

    def ratio(self, comparison: str, level: str) -> float:
        """m / u of a level: how much more often it is seen of the same person than of another."""
        m, u = self.levels[comparison][level]
        return m / u

    def bits(self, comparison: str, level: str) -> float:
        """The weight of a level, as log2(m / u)."""
        return math.log2(self.ratio(comparison, level))

    def as_json(self) -> dict[str, object]:
        """The table as it is stored and printed."""
        marks = {name: getattr(self.marks, name) for name in Marks.__slots__}
        return {
            "levels": {c: {k: list(v) for k, v in ls.items()} for c, ls in self.levels.items()},
            "marks": marks,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Table:
        """A stored table over the defaults: what it does not name stays as it is. Raises ValueError."""
        levels: dict[str, Levels] = {name: dict(found) for name, found in DEFAULTS.items()}
        given = stored.get("levels", {})
        if not isinstance(given, Mapping):
            raise ValueError("`levels` must be a table.")
        for name, found in given.items():
            if name not in DEFAULTS or not isinstance(found, Mapping):
                raise ValueError(f"There is no comparison {name!r}.")
            for level, pair in found.items():
                levels[name] = {**levels[name], level: _pair(name, level, pair)}
        marks = stored.get("marks", {})
        if not isinstance(marks, Mapping) or not all(
            name in Marks.__slots__ and isinstance(value, int | float) and 0 < value < 1
            for name, value in marks.items()
        ):
            raise ValueError("`marks` must be numbers between 0 and 1.")
        return cls(levels=levels, marks=Marks(**marks))


def _pair(name: str, level: str, pair: object) -> tuple[float, float]:
    if level not in DEFAULTS[name]:
        raise ValueError(f"{name} has no level {level!r}.")
    if isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(p, int | float) for p in pair):
        m, u = float(pair[0]), float(pair[1])
        if 0 < m < 1 and 0 < u < 1:
            return m, u
    raise ValueError(f"{name} {level}: give two probabilities, m and u.")
