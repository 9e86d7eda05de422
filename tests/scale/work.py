"""How much a statement has the database do: a number that is the same on every machine, busy or not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, connection, transaction

from tests.scale.capture import Statement, shape_of

#: SQLite is asked after so many steps of its machine.
STEPS = 20


def work_by_shape(statements: Iterable[Statement]) -> dict[str, int]:
    """Shape of a statement → the most work it was anywhere; but for INSERTs, which cannot be done twice."""
    found: dict[str, int] = {}
    for statement in statements:
        if not statement.text.startswith("INSERT"):
            shape = shape_of(statement.text)
            found[shape] = max(found.get(shape, 0), work_of(statement))
    return found


def work_of(statement: Statement) -> int:
    """PostgreSQL: rows that were looked at. SQLite: steps of its machine. What is written is rolled back."""
    measure = _rows if connection.vendor == "postgresql" else _steps
    try:
        with transaction.atomic():
            found = measure(statement)
            transaction.set_rollback(True)
    except IntegrityError:
        return 0  # what was changed once cannot always be changed again
    return found


def _rows(statement: Statement) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}", statement.values)
        found = cursor.fetchone()[0]
    plan = json.loads(found) if isinstance(found, str) else found
    return _looked_at(plan[0]["Plan"])


def _looked_at(node: dict[str, Any]) -> int:
    passed: float = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    rows: int = round((node["Actual Rows"] + passed) * node["Actual Loops"])
    return rows + sum(_looked_at(part) for part in node.get("Plans", []))


def _steps(statement: Statement) -> int:
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    with connection.cursor() as cursor:
        connection.connection.set_progress_handler(tick, STEPS)
        try:
            cursor.execute(statement.text, statement.values)
            if cursor.description:
                cursor.fetchall()
        finally:
            connection.connection.set_progress_handler(None, STEPS)
    return ticks * STEPS
