"""Bounded reads by many keys at once: never more than so many rows of any key, however common it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from customers.models import MatchKey, Token, TokenKey

#: Keys in one statement; SQLite allows 500 parts in a compound select.
KEYS_AT_ONCE = 400


def profiles_by_key(keys: Iterable[int], most: int) -> list[tuple[int, int]]:
    """(key, profile) of at most `most` profiles of each key."""
    rows: list[tuple[int, int]] = []
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        sql, values = _each(MatchKey._meta.db_table, "profile_id", wanted[start : start + KEYS_AT_ONCE], most)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows.extend((int(key), int(profile)) for key, profile in cursor.fetchall())
    return rows


def tokens_by_spelling(keys: Iterable[int], most_a_key: int, most: int) -> list[tuple[str, str, int]]:
    """(kind, text, count) of the `most` words that share the most spellings, of at most so many a spelling."""
    wanted = list(dict.fromkeys(keys))[:KEYS_AT_ONCE]
    if not wanted:
        return []
    inner, values = _each(TokenKey._meta.db_table, "token_id", wanted, most_a_key)
    sql = (
        f"SELECT t.kind, t.text, t.count FROM (SELECT f.found AS found, COUNT(*) AS shared FROM ({inner}) f"  # noqa: S608
        f" GROUP BY f.found ORDER BY shared DESC, found LIMIT {int(most)}) h"
        f" JOIN {Token._meta.db_table} t ON t.id = h.found"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(str(kind), str(text), int(count)) for kind, text, count in cursor.fetchall()]


def _each(table: str, column: str, keys: Sequence[int], most: int) -> tuple[str, list[Any]]:
    """A select of (key, found), bounded for each key by the index and not by what comes after."""
    if connection.vendor == "postgresql":
        sql = (
            f"SELECT k.key, s.found FROM unnest(%s::bigint[]) AS k(key) CROSS JOIN LATERAL"  # noqa: S608
            f" (SELECT {column} AS found FROM {table} WHERE key = k.key LIMIT {int(most)}) s"
        )
        return sql, [list(keys)]
    one = f"SELECT * FROM (SELECT key, {column} AS found FROM {table} WHERE key = %s LIMIT {int(most)})"  # noqa: S608
    return " UNION ALL ".join([one] * len(keys)), list(keys)
