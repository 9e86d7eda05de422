"""Bounded reads by many keys at once: never more than so many rows of any key, however common it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection

from customers.models import MatchKey, Token, TokenKey
from customers.prepared import kept_cursor

#: Keys in one statement on SQLite, which allows 500 parts in a compound select.
KEYS_AT_ONCE = 400
#: What can agree, each counted once however many keys say so.
PARTS = ("given", "family", "place", "product", "model", "number")

#: The parts that a key stands for, each with its weight.
Parts = Mapping[str, float]
#: kind, text, count.
Word = tuple[str, str, int]


def profiles_by_promise(keys: Mapping[int, Parts], most_a_key: int, most: int) -> list[int]:
    """The `most` profiles whose keys promise most, the best first, from at most `most_a_key` profiles of each key.

    What a profile promises: of each part the best weight that any of its keys has, all added up.
    """
    if not keys:
        return []
    if connection.vendor == "postgresql":
        with kept_cursor() as cursor:
            weights = [_literal(parts.get(part) for parts in keys.values()) for part in PARTS]
            cursor.execute(_promising(most_a_key), [_literal(keys), *weights, most])
            return [row[0] for row in cursor.fetchall()]
    promise: dict[int, dict[str, float]] = defaultdict(dict)
    wanted = list(keys)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        part_of_them = wanted[start : start + KEYS_AT_ONCE]
        with connection.cursor() as cursor:
            cursor.execute(
                _each(MatchKey._meta.db_table, "profile_id", part_of_them, most_a_key), part_of_them
            )
            for key, profile in cursor.fetchall():
                shared = promise[profile]
                for part, weight in keys[key].items():
                    shared[part] = max(weight, shared.get(part, weight))
    return sorted(promise, key=lambda profile: (-sum(promise[profile].values()), profile))[:most]


def words_by_spelling(
    wanted: Sequence[Collection[int]], most_a_key: int, most: int
) -> list[list[tuple[str, str, int]]]:
    """For each set of spellings the `most` words that share the most of them, of at most so many a spelling."""
    found: list[list[Word]] = [[] for _ in wanted]
    if connection.vendor == "postgresql":
        keys = [(place, key) for place, some in enumerate(wanted) for key in some]
        with kept_cursor() as cursor:
            places = _literal(place for place, _ in keys)
            cursor.execute(_spelt(most_a_key), [places, _literal(key for _, key in keys), most])
            for place, *word in cursor.fetchall():
                found[place].append(tuple(word))
        return found
    for words, some in zip(found, wanted, strict=True):
        asked = list(some)[:KEYS_AT_ONCE]
        if asked:
            with connection.cursor() as cursor:
                inner = _each(TokenKey._meta.db_table, "token_id", asked, most_a_key)
                cursor.execute(
                    f"SELECT t.kind, t.text, t.count FROM (SELECT f.found AS found, COUNT(*) AS shared FROM ({inner}) f"  # noqa: S608
                    f" GROUP BY f.found ORDER BY shared DESC, found LIMIT {int(most)}) h"
                    f" JOIN {Token._meta.db_table} t ON t.id = h.found",
                    asked,
                )
                words.extend(cursor.fetchall())
    return found


def _promising(most_a_key: int) -> str:
    best = ", ".join(f"MAX(k.{part}) AS {part}" for part in PARTS)
    total = " + ".join(f"COALESCE({part}, 0)" for part in PARTS)
    return (
        f"SELECT found FROM (SELECT s.found, {best}"  # noqa: S608
        f" FROM unnest(%s::bigint[]{', %s::float8[]' * len(PARTS)}) AS k(key, {', '.join(PARTS)})"
        f" CROSS JOIN LATERAL (SELECT profile_id AS found FROM {MatchKey._meta.db_table} WHERE key = k.key"
        f" LIMIT {int(most_a_key)}) s GROUP BY s.found) f ORDER BY {total} DESC, found LIMIT %s"
    )


def _spelt(most_a_key: int) -> str:
    # The limits keep it to one look into an index for each word: how many there will be the planner cannot know.
    return (
        "SELECT h.word, t.kind, t.text, t.count FROM (SELECT f.word, f.found, ROW_NUMBER() OVER"  # noqa: S608
        " (PARTITION BY f.word ORDER BY f.shared DESC, f.found) AS place FROM (SELECT k.word, s.found,"
        " COUNT(*) AS shared FROM unnest(%s::int[], %s::bigint[]) AS k(word, key) CROSS JOIN LATERAL"
        f" (SELECT token_id AS found FROM {TokenKey._meta.db_table} WHERE key = k.key LIMIT {int(most_a_key)}) s"
        f" GROUP BY k.word, s.found) f) h CROSS JOIN LATERAL (SELECT kind, text, count FROM {Token._meta.db_table}"
        " WHERE id = h.found LIMIT 1) t WHERE h.place <= %s"
    )


def _literal(values: Iterable[float | None]) -> str:
    """An array as PostgreSQL writes it: one text is sent much faster than a list of numbers."""
    return f"{{{','.join(['NULL' if value is None else repr(value) for value in values])}}}"


def _each(table: str, column: str, keys: Sequence[int], most: int) -> str:
    """A select of (key, found), bounded for each key by the index and not by what comes after. SQLite's."""
    one = f"SELECT * FROM (SELECT key, {column} AS found FROM {table} WHERE key = %s LIMIT {int(most)})"  # noqa: S608
    return " UNION ALL ".join([one] * len(keys))
