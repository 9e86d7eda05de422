"""Rows by the million: COPY for PostgreSQL, large transactions for SQLite, and indexes that are made afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connection, transaction

Row = tuple[Any, ...]
AT_ONCE = 50_000


class Filler:
    """Rows for several tables, written in the order in which the tables are named, `AT_ONCE` at a time."""

    def __init__(self, columns: dict[str, str]) -> None:
        self.columns = columns
        self.written = dict.fromkeys(columns, 0)
        self.rows: dict[str, list[Row]] = {table: [] for table in columns}

    def full(self, table: str) -> bool:
        """Whether it is time to `flush`, seen by this table."""
        return len(self.rows[table]) >= AT_ONCE

    def flush(self) -> None:
        """Write what has gathered, in one transaction."""
        with transaction.atomic():
            for table, rows in self.rows.items():
                insert(table, self.columns[table], rows)
                self.written[table] += len(rows)
                rows.clear()


def insert(table: str, columns: str, rows: Sequence[Row]) -> None:
    """Write rows whose columns are named, with commas between."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def insert_in_order(table: str, columns: str, rows: Iterable[tuple[int, int]]) -> None:
    """Write pairs of numbers in their order: an index is then written from one end to the other."""
    each = iter(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE unsorted (a bigint, b bigint)")
        while batch := list(islice(each, 4 * AT_ONCE)):
            insert("unsorted", "a, b", batch)
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT a, b FROM unsorted ORDER BY a, b")
        cursor.execute("DROP TABLE unsorted")


@contextmanager
def in_bulk(*, without_indexes: bool) -> Iterator[None]:
    """Foreign keys are not checked inside, nothing waits for the disk, and, if so wanted, indexes are made at the end.

    Whoever dies inside leaves a database that is of no use.
    """
    lite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if lite:
            for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -1000000"):
                cursor.execute(f"PRAGMA {pragma}")
        else:
            cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
            # An automatic vacuum may be at a table that gets its indexes.
            cursor.execute("SET lock_timeout = 0")
        indexes = _indexes() if without_indexes else {}
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        for definition in indexes.values():
            cursor.execute(definition)
        if lite:
            cursor.execute("PRAGMA foreign_keys = ON")
        else:
            cursor.execute("ANALYZE")  # SQLite never has statistics: the product makes none there
            cursor.execute("RESET ALL; SET TIME ZONE 'UTC'")
            for model in apps.get_models():  # the numbers that were given by hand are taken
                key = model._meta.pk
                if key.get_internal_type() == "BigAutoField":
                    table = model._meta.db_table
                    cursor.execute(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                    )
    if lite:
        connection.close()  # the next connection waits for the disk again


def _indexes() -> dict[str, str]:
    """Name → definition of the product's indexes that hold no constraint."""
    statement = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND (tbl_name LIKE 'chat!_%%' ESCAPE '!' OR tbl_name LIKE 'customers!_%%' ESCAPE '!')"
        if connection.vendor == "sqlite"
        else "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public'"
        " AND (i.tablename LIKE 'chat\\_%%' OR i.tablename LIKE 'customers\\_%%')"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)"
        " AND i.indexdef NOT LIKE 'CREATE UNIQUE%%'"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [])
        return dict(cursor.fetchall())
