"""Candidates from the database's own full-text index: a bounded number, whatever is on file.

SQLite has FTS5; PostgreSQL has a `tsvector` with a GIN index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from chat.models import Problem
from chat.recall.index import scope_key
from chat.recall.similar_known import Known
from chat.recall.similar_text import keys_of
from customers.models import Inbox
from customers.prepared import prepared

#: Candidates that are compared letter by letter.
MOST_CANDIDATES = 120
#: Rows that the words looked for may be expected in, together. Common words beyond it are left out.
BUDGET = 4_000
#: Rows that are ranked in any case, the newest: a bound for when the expectation was wrong.
CEILING = 10_000
MOST_KEYS = 24


@dataclass(frozen=True, slots=True)
class Scope:
    """Which inboxes' problems may be found: those of `only`, else those of all but `without`."""

    only: UUID | None
    without: tuple[UUID, ...] = ()

    def inboxes(self, path: str) -> Q:
        """The same as a condition on rows; `path` leads to what has an inbox."""
        if self.only is not None:
            return Q(**{f"{path}inbox": self.only})
        return ~Q(**{f"{path}inbox__in": self.without}) if self.without else Q()

    def fts5(self, wanted: str = "") -> str:
        """`wanted` within this scope, as SQLite's MATCH takes it."""
        if self.only is not None:
            return f'({wanted}) AND "{scope_key(self.only)}"'
        others = " OR ".join(f'"{scope_key(one)}"' for one in self.without)
        return f"({wanted}) NOT ({others})" if others else wanted

    def tsquery(self, wanted: str = "") -> str:
        """`wanted` within this scope, as PostgreSQL's tsquery; without `wanted` only the scope, "" for everything."""
        parts = [f"({wanted})"] if wanted else []
        if self.only is not None:
            parts.append(f"'{scope_key(self.only)}'")
        parts += [f"!'{scope_key(one)}'" for one in self.without]
        return " & ".join(parts)


def scope_of(inbox: UUID) -> Scope:
    """What may be found from an inbox. One query."""
    separate = tuple(_separate())
    return Scope(inbox) if inbox in separate else Scope(None, separate)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the index."""

    id: int
    outcome: UUID
    told: str
    said: str


def find_candidates(words: Sequence[str], scope: Scope, known: Known) -> list[Candidate]:
    """The past problems that share the most telling of these words, at most MOST_CANDIDATES. Two queries."""
    chosen = choose_keys(words, known)
    if not chosen:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*words_query(chosen, scope, known))
        return rows_of([row[0] for row in cursor.fetchall()])


def rows_of(ids: Iterable[int]) -> list[Candidate]:
    """These rows of the index. One query."""
    return [Candidate(*row) for row in _rows(ids=set(ids))]


@prepared
def _separate() -> QuerySet[Inbox, Any]:
    return Inbox.objects.filter(separate=True).order_by("id").values_list("id", flat=True)


@prepared
def _rows(ids: Iterable[int]) -> QuerySet[Problem, Any]:
    return Problem.objects.filter(id__in=ids).values_list("id", "outcome_id", "told", "said")


def choose_keys(words: Sequence[str], known: Known) -> list[str]:
    """The rarest keys, as many as BUDGET allows, and at least one. Slips of the pen bring what was meant."""
    wide = keys_of([*words, *known.meant(words)])
    chosen: list[str] = []
    expected = 0.0
    for key in sorted(wide, key=known.share)[:MOST_KEYS]:
        expected += known.share(key) * known.last
        if chosen and expected > BUDGET:
            break
        chosen.append(key)
    return chosen


def words_query(keys: Sequence[str], scope: Scope, known: Known) -> tuple[str, list[str | float]]:
    """The statement that finds candidates by words, and its parameters. Keys are letters and digits only."""
    if connection.vendor != "postgresql":
        wanted = scope.fts5(" OR ".join(f'"{key}"' for key in keys))
        return (
            "SELECT rowid FROM (SELECT rowid, rank AS far FROM chat_problem_words WHERE chat_problem_words MATCH %s"
            " ORDER BY rowid DESC LIMIT %s) ORDER BY far LIMIT %s",
            [wanted, CEILING, MOST_CANDIDATES],
        )
    wanted = scope.tsquery(" | ".join(f"'{key}'" for key in keys))
    shared = " + ".join(["%s::float8 * (words @@ %s::tsquery)::int"] * len(keys))
    weighed: list[str | float] = [part for key in keys for part in (known.rarity(key), f"'{key}'")]
    return (
        "SELECT id FROM (SELECT id, words FROM chat_problem WHERE words @@ %s::tsquery ORDER BY id DESC LIMIT %s) found"
        f" ORDER BY ({shared}) / length(words) ^ 0.4::float8 DESC LIMIT %s",
        [wanted, CEILING, *weighed, MOST_CANDIDATES],
    )
