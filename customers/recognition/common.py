"""How common a word and everything like it is here: a rare name that agrees says more than a common one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from customers.models import Profile, Token
from customers.prepared import first, prepared
from customers.recognition.facts import WORDS
from customers.recognition.fingerprints import LONGEST, scope, spellings
from customers.recognition.levels import given_level, place_level, product_level, word_level
from customers.recognition.lookup import words_by_spelling
from customers.recognition.nicknames import NICKNAMES
from customers.recognition.weights import Table

Level = Callable[[str, str], str]
WORD_LEVELS: dict[str, Level] = {
    "given": given_level,
    "family": word_level,
    "place": place_level,
    "product": product_level,
    "model": product_level,
}
#: Levels at which a word on file counts as like the word that was given.
LIKE = frozenset({"same", "part", "nickname", "slip", "close", "sounds", "alike"})
#: As if so many people, of whom nothing is known, were on file too: a new installation is not sure of anything.
UNSEEN = 50
#: Rows read for one misspelt word: of each spelling, and words looked at in all.
SPELLINGS_READ, WORDS_READ = 100, 80


@dataclass(frozen=True, slots=True)
class Like:
    """A word on file that is like the one given."""

    text: str
    level: str
    count: int


@dataclass(slots=True)
class Commonness:
    """What is on file around the words of one returner. Reads a bounded number of rows for each word."""

    table: Table
    people: int
    #: Words of the one who writes: their own row is on file too, and does not make a name less rare.
    own: frozenset[tuple[str, str]] = frozenset()
    _near: dict[tuple[str, str], list[Like]] = field(default_factory=dict)
    _read: dict[tuple[str, str], list[tuple[str, str, int]]] = field(default_factory=dict)
    _spelt: dict[tuple[str, str], list[tuple[str, str, int]]] = field(default_factory=dict)
    _usual: dict[tuple[str, str], float] = field(default_factory=dict)
    _exact: dict[tuple[str, str], int] = field(default_factory=dict)
    _bits: dict[tuple[str, str, str], tuple[str, float]] = field(default_factory=dict)

    def like(self, kind: str, word: str) -> list[Like]:
        """The words of this kind on file that are like `word`, the best agreement first."""
        key = (kind, word)
        if key not in self._near:
            level = WORD_LEVELS[kind]
            found = [
                Like(text, agreed, left)
                for other, text, count in self._rows(scope(kind), word)
                if other == kind
                and (left := count - ((kind, text) in self.own)) > 0
                and (agreed := level(word, text)) in LIKE
            ]
            found.sort(key=lambda one: (-self.table.ratio(kind, one.level), -one.count))
            self._near[key] = found
        return self._near[key]

    def usual(self, kind: str, word: str) -> float:
        """log2 of how well this word agrees, on average, with somebody who is not meant. 0 is an average word."""
        key = (kind, word)
        if key not in self._usual:
            near = self.like(kind, word)
            seen = min(self.people, sum(one.count for one in near))
            agreed = sum(one.count * self.table.ratio(kind, one.level) for one in near)
            unlike = sum(m for level, (m, _) in self.table.levels[kind].items() if level not in LIKE)
            total = agreed + unlike * (self.people - seen) + UNSEEN
            self._usual[key] = math.log2(total / (self.people + UNSEEN))
        return self._usual[key]

    def agreement(self, kind: str, word: str, other: str) -> tuple[str, float]:
        """(level, log2 of m / u) of two words, not yet set against what is usual."""
        key = (kind, word, other)
        if key not in self._bits:
            level = WORD_LEVELS[kind](word, other)
            self._bits[key] = level, self.table.bits(kind, level)
        return self._bits[key]

    def count(self, kind: str, word: str) -> int:
        """How many on file have exactly this word."""
        return next((one.count for one in self.like(kind, word) if one.level == "same"), 0)

    def learn(self, names: Iterable[str], others: Mapping[str, Iterable[str]]) -> None:
        """Look all words up at once: as they stand, with the usual forms of names, and as they may be misspelt."""
        names = list(names)
        words = {form for word in names for form in (word[:LONGEST], *_forms(word))}
        texts = {kind: [value[:LONGEST] for value in others.get(kind, ())] for kind in WORDS}
        for kind, text, count in _words_on_file(names=words, **texts):
            self._exact[kind, text] = count
        self._look_near(
            [*(("name", word) for word in names), *(("place", one) for one in others.get("place", ()))]
        )

    def _look_near(self, wanted: list[tuple[str, str]]) -> None:
        keys = [spellings(where, word[:LONGEST]) for where, word in wanted]
        if keys:
            self._spelt.update(zip(wanted, words_by_spelling(keys, SPELLINGS_READ, WORDS_READ), strict=True))

    def _rows(self, where: str, word: str) -> list[tuple[str, str, int]]:
        key = (where, word)
        if key not in self._read:
            kinds = ("given", "family") if where == "name" else (where,)
            forms = {word[:LONGEST], *(_forms(word) if where == "name" else ())}
            found = {(k, f): self._exact[k, f] for k in kinds for f in forms if (k, f) in self._exact}
            if where in {"name", "place"}:
                if key not in self._spelt:
                    self._look_near([key])
                found.update({(kind, text): count for kind, text, count in self._spelt[key] if kind in kinds})
            self._read[key] = [(kind, text, count) for (kind, text), count in found.items()]
        return self._read[key]


def people_on_file() -> int:
    """About how many customers can be found, from one look at an index."""
    return first(_newest_profile()) or 0


@prepared
def _newest_profile() -> QuerySet[Profile, Any]:
    return Profile.objects.order_by("-id").values_list("id", flat=True)[:1]


@prepared
def _words_on_file(names: Iterable[str], **others: Iterable[str]) -> QuerySet[Token, Any]:
    wanted = Q(kind__in=("given", "family"), text__in=names)
    for kind, texts in others.items():
        wanted |= Q(kind=kind, text__in=texts)
    return Token.objects.filter(wanted).values_list("kind", "text", "count")


def _forms(word: str) -> set[str]:
    """The names that a given name is short for, or that are short for it."""
    return _members(NICKNAMES.get(word, frozenset()))


def _members(groups: frozenset[str]) -> set[str]:
    return {name for group in groups for name in _BY_GROUP[group]}


def _by_group(names: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, groups in names.items():
        for group in groups:
            found.setdefault(group, set()).add(name)
    return found


_BY_GROUP = _by_group(NICKNAMES)
