"""Events in parts by time, for PostgreSQL: old ones can be moved, kept elsewhere or put away, part by part.

Parts are ranges of the conversation's id, and ids are in the order of time (UUIDv7): an event lies in the part of the
year in which its conversation was *opened*. Every unique key of the log begins with the conversation, so each part
holds its keys for the whole table, and every question that names a conversation goes to one part
(docs/decisions/0019-events-in-parts.md).
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction

TABLE = "chat_event"
#: Parts that are there before their year begins.
AHEAD = 2

_SQL_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s"
)


class NotPossible(Exception):
    """The table cannot be parted here; the text says why."""


def is_parted() -> bool:
    """Whether events lie in parts. One query; never on SQLite."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", [TABLE])
        row = cursor.fetchone()
    return bool(row and row[0])


def part_events(now: datetime) -> None:
    """Turn the table into a parted one, in one short transaction that copies nothing.

    What is there becomes the first part: everything up to the end of this year. Nobody can write meanwhile; it reads
    the table once, to be sure that no conversation is of a later year. Raises NotPossible.
    """
    if connection.vendor != "postgresql":
        raise NotPossible("Only PostgreSQL can keep a table in parts; the embedded database stays as it is.")
    if is_parted():
        raise NotPossible("Events lie in parts already.")
    first = f"{TABLE}_to_{now.year}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(_SQL_INDEXES, [TABLE])
        indexes = dict(cursor.fetchall())
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass(%s)"
            " AND contype IN ('u', 'f')",
            [TABLE],
        )
        constraints = dict(cursor.fetchall())
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {first}")
        for name in indexes:
            cursor.execute(f'ALTER INDEX "{name}" RENAME TO "{_short(name)}_to_{now.year}"')
        cursor.execute(
            f"CREATE TABLE {TABLE} (LIKE {first} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            " PARTITION BY RANGE (conversation_id)"
        )
        # Keys first: joining, the old table's own indexes are taken for them and none is made anew.
        for name, definition in constraints.items():
            cursor.execute(f'ALTER TABLE {TABLE} ADD CONSTRAINT "{name}" {definition}')
        for name, definition in indexes.items():
            if name not in constraints and "(id)" not in definition:
                cursor.execute(definition)
        cursor.execute(
            f"ALTER TABLE {TABLE} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO ('{first_id(now.year + 1)}')"
        )
        # Should clocks go wild: an event that fits nowhere else is kept all the same.
        cursor.execute(f"CREATE TABLE {TABLE}_other PARTITION OF {TABLE} DEFAULT")
        cursor.execute(f"ALTER TABLE {TABLE}_other ADD PRIMARY KEY (id)")
    keep_ahead(now)


def keep_ahead(now: datetime) -> int:
    """Make the parts of the coming years that are missing; how many. Nothing where events are not in parts."""
    if not is_parted():
        return 0
    there = {name for name, _, _ in parts()}
    before = max((int(name[-4:]) for name in there if name.startswith(f"{TABLE}_to_")), default=0)
    made = 0
    for year in range(max(now.year, before) + 1, now.year + 1 + AHEAD):
        if f"{TABLE}_{year}" not in there:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"CREATE TABLE {TABLE}_{year} PARTITION OF {TABLE}"
                    f" FOR VALUES FROM ('{first_id(year)}') TO ('{first_id(year + 1)}')"
                )
                # Each part by itself: a key of the whole table would have to hold the conversation too.
                cursor.execute(f"ALTER TABLE {TABLE}_{year} ADD PRIMARY KEY (id)")
            made += 1
    return made


def parts() -> list[tuple[str, str, int]]:
    """(name, bounds, bytes with indexes) of each part, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), pg_total_relation_size(c.oid)"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s)"
            " ORDER BY c.relname LIKE '%%_to_%%' DESC, c.relname",
            [TABLE],
        )
        return [(str(name), str(bounds), int(size)) for name, bounds, size in cursor.fetchall()]


def first_id(year: int) -> UUID:
    """The smallest id of a conversation that was opened in this year or later."""
    milliseconds = int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000)
    return UUID(int=milliseconds << 80)


def _short(name: str) -> str:
    """PostgreSQL cuts names behind 63 letters; there must be room for a year."""
    return name[:52]
