"""Words like one that was probably mistyped, among a hundred thousand, without looking at each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

#: A word is taken for a slip when it is so like a known one: three letters of four are right.
SLIP = 0.75
#: Known words that one unknown word may mean.
MOST_MEANT = 3


class Words:
    """Known words by their pairs of letters, in the order in which they came. Safe to use from several threads.

    A slip spoils three pairs at most, so whatever is like a word shares some pairs with it, and at least one of its
    rarest (count and prefix filter: Gravano et al., "Approximate String Joins in a Database (Almost) for Free", 2001,
    and Chaudhuri et al., "A Primitive Operator for Similarity Joins in Data Cleaning", 2006; two letters that have
    changed places count as one slip here). Only words that have one of these are compared.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._words: list[str] = []
        self._known: set[str] = set()
        self._with: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._words)

    def add(self, words: Iterable[str]) -> None:
        """Know these too, up to `most` in all."""
        with self._lock:
            for word in words:
                if word in self._known or len(self._words) >= self._most:
                    continue
                for pair in _pairs(word):
                    self._with.setdefault(pair, []).append(len(self._words))
                self._known.add(word)
                self._words.append(word)

    def like(self, word: str) -> list[str]:
        """The known words that are most like this one, at most MOST_MEANT, the best first; often none.

        The distance counts two letters that have changed places as one slip (optimal string alignment).
        """
        with self._lock:
            lists = sorted((self._with.get(pair, []) for pair in _pairs(word)), key=len)
            there = set[int]().union(*lists[: len(lists) - _shared(len(word)) + 1])
            near = [self._words[place] for place in sorted(there)]
        found = process.extract(
            word, near, scorer=OSA.normalized_similarity, score_cutoff=SLIP, limit=MOST_MEANT
        )
        return [one for one, _, _ in found]


def _pairs(word: str) -> list[str]:
    """Each two letters that follow each other, the edges counting as letters; the second time marked as such."""
    framed, seen = f"<{word}>", Counter[str]()
    pairs = []
    for at in range(len(framed) - 1):
        pair = framed[at : at + 2]
        pairs.append(f"{pair}{seen[pair] or ''}")
        seen[pair] += 1
    return pairs


def _shared(length: int) -> int:
    """How many pairs a word of this length shares at least with any that is like it."""
    longest = int(length / SLIP)
    return min(longer + 1 - 3 * int((1 - SLIP) * longer) for longer in range(length, longest + 1))
