"""Problems as sets of letters: how a text is taken apart, and how alike two of them are.

Whole words miss "scanner" for "scanning" and every slip of the pen. Groups of three letters within words do not, in
any language that parts its words, and weighed by how rare they are they beat words on real questions.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from chat.recall import phrases

#: Rare groups weigh more, but a typing mistake is the rarest of all: softer than the full logarithm.
RARITY = 0.7
#: How much longer texts count as less alike; 0.5 would treat both texts the same, and the question is the shorter.
QUESTION, ANSWER = 0.57, 0.43
#: Where an indexed word ends: what comes after is mostly grammar, and the ranking looks at the whole word.
KEY = 5
#: Words of one text that are looked at.
MOST_WORDS = 120

#: Texts that are kept taken apart, about five kilobytes each.
MOST_READ = 4_000

Grams = frozenset[str]

_SENTENCE = re.compile(r"(?<=[.!?؟…])\s+|\n+")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`](?=\w)")
#: Addresses and long numbers say who somebody is, never what the problem is.
_PERSONAL = re.compile(r"\S+@\S+|\S*\d[\d .()/-]{5,}\d\S*|\d{6,}")


def words_of(text: str) -> list[str]:
    """The words in small letters, without accents and apostrophes ("didn't" is "didnt"); nothing personal."""
    plain = unicodedata.normalize("NFKD", _PERSONAL.sub(" ", text).casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return _WORD.findall(_APOSTROPHE.sub("", bare))[:MOST_WORDS]


def essence(text: str) -> str:
    """The text without greetings and thanks, which half of all problems begin with."""
    sentences = (phrases.GREETING.sub("", one, count=1).strip() for one in _SENTENCE.split(text))
    return ". ".join(one for one in sentences if not _only_polite(one))


def _only_polite(sentence: str) -> bool:
    return phrases.SMALL_TALK.match(sentence) is not None and len(sentence.split()) <= 6


def keys_of(words: Iterable[str]) -> list[str]:
    """What stands in the full-text index for these words, each once, in order."""
    return list(dict.fromkeys(word[:KEY] for word in words))


@lru_cache(maxsize=50_000)
def _grams_of_word(word: str) -> Grams:
    framed = f"<{word}>"
    return frozenset(framed[at : at + 3] for at in range(max(1, len(framed) - 2)))


def grams_of(words: Iterable[str]) -> Grams:
    """The groups of three letters in these words, the edges of a word counting as letters."""
    return frozenset().union(*map(_grams_of_word, words))


@dataclass(frozen=True, slots=True)
class Letters:
    """A text as the groups of letters it holds, and how much they tell together."""

    grams: Grams
    mass: float


class Scale:
    """Compares texts. `weights` says how much it tells that two of them share a group of letters."""

    def __init__(self, weights: dict[str, float]) -> None:
        self._weight = weights.__getitem__
        # The same past problems come up again and again, and taking them apart is most of the work.
        self.read = lru_cache(maxsize=MOST_READ)(self._read)

    def _read(self, text: str) -> Letters:
        """Take a text apart, of which only words are left, with spaces between them."""
        grams = grams_of(text.split())
        return Letters(grams, self._sum(grams))

    def found(self, question: Letters, answer: Letters) -> float:
        """How well `answer` fits `question`: from 0 (nothing in common) to about 1 (the same words)."""
        shared = self._sum(question.grams & answer.grams)
        return shared / (question.mass**QUESTION * answer.mass**ANSWER) if shared else 0.0

    def alike(self, one: Letters, other: Letters) -> float:
        """How alike two texts are, neither of which asks: from 0 to 1."""
        shared = self._sum(one.grams & other.grams)
        return shared / math.sqrt(one.mass * other.mass) if shared else 0.0

    def _sum(self, grams: Grams) -> float:
        return sum(map(self._weight, grams))


def same_fix(fix: str) -> str:
    """A short mark that is the same for the same steps, however they are spaced and punctuated; "" for none."""
    words = words_of(fix)
    return hashlib.blake2b(" ".join(words).encode(), digest_size=16).hexdigest() if words else ""
