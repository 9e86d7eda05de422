"""How common each word and each group of letters is among past problems. Kept in memory, read as rows come."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from chat.models import Problem
from chat.recall.similar_text import KEY, RARITY, Scale, grams_of
from chat.recall.slips import Words
from customers.prepared import prepared

#: Rows read at most at the first search of a process (a fraction of a second), and at each later one.
AT_FIRST, AT_ONCE = 5_000, 1_000
#: Keys in memory, and words; beyond this only those seen before are counted on.
MOST_KEYS = 100_000
#: Unknown words of one question for which something like them is looked for.
MOST_UNKNOWN = 3

#: id, keys, told, said.
Row = tuple[int, str, str, str]


class Known:
    """What is known of the past problems' wording. A sample when there are many: rarity needs no exact count."""

    def __init__(self) -> None:
        self.rows = 0
        self.last = 0
        self._keys: Counter[str] = Counter()
        self._grams: Counter[str] = Counter()
        self._words = Words(MOST_KEYS)
        self.scale = Scale(_Weights(self))
        self._weighed_at = 0
        self._lock = threading.Lock()

    def look(self) -> None:
        """Count the rows that have come since. One query, three the first time."""
        with self._lock:
            found = list(self._news() if self.rows else self._sample())
            for _, keys, told, said in found:
                self._count(keys, f"{told} {said}")
            self.last = max((row[0] for row in found), default=self.last)
            if self.rows > self._weighed_at * 1.05:
                self.scale, self._weighed_at = Scale(_Weights(self)), self.rows

    def _news(self) -> Iterable[Row]:
        return _rows_after(last=self.last)

    def _sample(self) -> Iterable[Row]:
        """Evenly from all there are: one month's problems are not like another's."""
        ids = Problem.objects.values_list("id", flat=True)
        oldest, newest = ids.order_by("id").first() or 0, ids.order_by("-id").first() or 0
        spread = range(newest, oldest - 1, -max(1, -(-(newest - oldest) // AT_FIRST)))
        return Problem.objects.filter(id__in=spread).values_list("id", "keys", "told", "said")

    def share(self, key: str) -> float:
        """The part of all problems that hold this key."""
        return self._keys[key] / self.rows if self.rows else 0.0

    def held(self, gram: str) -> int:
        """How many problems hold this group of letters."""
        return self._grams[gram]

    def rarity(self, key: str) -> float:
        """How much it tells that two problems share this key."""
        return math.log1p((self.rows + 1) / (self._keys[key] + 0.5))

    def meant(self, words: Iterable[str]) -> list[str]:
        """Known words that unknown ones of these are probably slips for, as "prniter" is one for "printer"."""
        each = dict.fromkeys(words)  # one that is said twice is looked for once
        unknown = (word for word in each if len(word) > 3 and word[:KEY] not in self._keys)
        found = (self._words.like(word) for word in islice(unknown, MOST_UNKNOWN))
        return [one for near in found for one in near]

    def _count(self, keys: str, text: str) -> None:
        self.rows += 1
        words = text.split()
        self._grams.update(grams_of(words))
        self._words.add(words)
        for key in islice(keys.split(), 1, None):  # the first one is the inbox
            if key in self._keys or len(self._keys) < MOST_KEYS:
                self._keys[key] += 1


@prepared
def _rows_after(last: int) -> QuerySet[Problem, Any]:
    news = Problem.objects.filter(id__gt=last).order_by("-id")
    return news.values_list("id", "keys", "told", "said")[:AT_ONCE]


class _Weights(dict[str, float]):
    """How much it tells that two problems share a group of letters; worked out when first asked for."""

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, gram: str) -> float:
        rows, held = self._known.rows, self._known.held(gram)
        weight = float(math.log1p((max(rows, held) - held + 0.5) / (held + 0.5)) ** RARITY)
        self[gram] = weight
        return weight


_known: dict[str, Known] = {}


def known() -> Known:
    """What is known of this database's problems, up to date. One query."""
    one = _known.setdefault(str(connection.settings_dict["NAME"]), Known())
    one.look()
    return one
