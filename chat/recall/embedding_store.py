"""All vectors of past problems in memory, searched exactly. Imported only where NumPy is installed.

100,000 vectors are 150 MB and are searched in some 15 ms; the newest that many are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from chat.models import ProblemVector
from chat.recall.embedding_model import STORED, WIDTH
from chat.recall.index_search import Scope

MOST = 100_000
#: Vectors of the last minutes that one look considers; workers make fewer.
AT_ONCE = 20_000
#: Vectors that other processes were writing while we looked have ids from before our look.
OVERLAP = timedelta(minutes=2)

Array = Any


class VectorStore:
    """Follows the table: each look reads what has come since the last one."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._seen: set[UUID] = set()
        self._place: dict[int, int] = {}
        self._homes: dict[UUID, int] = {}
        self._numbers: Array = np.zeros((256, WIDTH), dtype=np.float32)
        self._problems: Array = np.zeros(256, dtype=np.int64)
        self._home: Array = np.zeros(256, dtype=np.int32)

    def look(self) -> None:
        """Read the vectors that have come. One query, and another when some have."""
        with self._lock:
            now = datetime.now(UTC)
            found = ProblemVector.objects.filter(model=self._model).order_by("-id")
            if self._since is not None:
                late = found.filter(id__gte=_first_id(self._since - OVERLAP)).values_list("id", flat=True)
                found = found.filter(id__in=[one for one in late[:AT_ONCE] if one not in self._seen])
            rows = found.values_list(
                "id", "problem_id", "problem__outcome__conversation__inbox_id", "numbers"
            )
            for vector, problem, inbox, numbers in rows[:MOST]:
                self._seen.add(vector)
                self._keep(problem, inbox, bytes(numbers))
            self._since = now

    def vector(self, numbers: bytes) -> Array:
        """A stored vector, to calculate with."""
        return np.frombuffer(numbers, dtype=STORED).astype(np.float32)

    def of(self, problems: Iterable[int]) -> dict[int, Array]:
        """The vectors of these problems, where they are known."""
        return {one: self._numbers[self._place[one]] for one in problems if one in self._place}

    def nearest(self, asked: Array, scope: Scope, most: int) -> list[int]:
        """The problems within `scope` with the largest product."""
        size = len(self._place)
        products = self._numbers[:size] @ asked
        if scope.only is not None or scope.without:
            named = (scope.only,) if scope.only is not None else scope.without
            among = np.isin(self._home[:size], [self._homes[one] for one in named if one in self._homes])
            products = np.where(among == (scope.only is not None), products, -2.0)
        best = np.argpartition(-products, most)[:most] if size > most else np.arange(size)
        return [int(self._problems[one]) for one in best if products[one] > -2.0]

    def _keep(self, problem: int, inbox: UUID, numbers: bytes) -> None:
        """A vector that was made anew takes the place of the one before."""
        place = self._place.get(problem, len(self._place))
        if place >= MOST:
            return
        if place == len(self._problems):
            # New arrays, not longer ones: a search in another thread goes on with those it has.
            self._numbers, self._problems, self._home = (
                np.concatenate([one, np.zeros_like(one)])
                for one in (self._numbers, self._problems, self._home)
            )
        self._numbers[place] = np.frombuffer(numbers, dtype=STORED)
        self._problems[place] = problem
        self._home[place] = self._homes.setdefault(inbox, len(self._homes))
        self._place[problem] = place


def _first_id(at: datetime) -> UUID:
    """The smallest id of version 7 of that moment: ids begin with their time."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))
