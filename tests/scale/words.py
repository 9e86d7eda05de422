"""What made people are called, have, and complain about: some words common, most rare, as in life."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from chat.recall.similar_text import keys_of, same_fix, words_of
from customers.recognition.nicknames import NICKNAMES

SYLLABLES = [
    "an",
    "ber",
    "car",
    "dal",
    "el",
    "fer",
    "gar",
    "hol",
    "in",
    "jan",
    "kel",
    "lin",
    "mar",
    "nor",
    "ol",
    "per",
    "quin",
    "ros",
    "ster",
    "tal",
    "ul",
    "van",
    "wes",
    "yor",
    "zan",
    "by",
    "den",
    "field",
    "ford",
    "ham",
    "ing",
    "ley",
    "man",
    "ner",
    "port",
    "rick",
    "son",
    "ton",
    "wood",
    "worth",
]


class Pool:
    """Things of which the first are drawn far oftener than the last."""

    def __init__(self, things: Sequence[str], draw: random.Random) -> None:
        self.things = list(things)
        self._weights = list(itertools.accumulate(1 / (place + 3) for place in range(len(self.things))))
        self._draw = draw

    def some(self, count: int) -> list[str]:
        """So many of them."""
        return self._draw.choices(self.things, cum_weights=self._weights, k=count)

    def one(self) -> str:
        """One of them."""
        return self.some(1)[0]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem with what fixed it, and as it stands in the index, but for the inbox."""

    problem: str
    cause: str
    fix: str
    told: str
    keys: str
    mark: str


class Words:
    """Everything that is said, the same for the same seed."""

    def __init__(self, seed: int, *, rich: int) -> None:
        """`rich`: about how many different words there are of each kind."""
        draw = random.Random(seed)
        self.given = Pool([*sorted(NICKNAMES), *made(draw, max(20, rich // 4))], draw)
        self.family = Pool(made(draw, rich), draw)
        self.place = Pool(made(draw, max(20, rich // 3)), draw)
        self.product = Pool(
            [f"{word} {draw.randrange(100, 9999)}" for word in made(draw, max(20, rich // 20))], draw
        )
        self.word = Pool(made(draw, rich), draw)
        self.line = Pool([self._sentence(draw.randrange(4, 24)) for _ in range(rich)], draw)
        self.trouble = [self._trouble() for _ in range(rich)]

    def _sentence(self, count: int) -> str:
        return " ".join(self.word.some(count)).capitalize() + "."

    def _trouble(self) -> Trouble:
        problem = f"{self.product.one()} {self._sentence(6)}"
        cause, fix = self._sentence(4), self._sentence(12)
        told = words_of(f"{problem}\n{cause}\n{self.product.one()}")
        return Trouble(problem, cause, fix, " ".join(told), " ".join(keys_of(told)), same_fix(fix))


def made(draw: random.Random, count: int) -> list[str]:
    """So many different words that do not exist."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(draw.choices(SYLLABLES, k=2 + (draw.random() < 0.6)))] = None
    return list(found)
