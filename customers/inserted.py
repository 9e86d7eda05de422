"""New rows in the hot path: Django writes the statement of each kind of row once, and it is kept."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model


def insert(row: Model, *, once: bool = False) -> None:
    """Write a new row, as `save(force_insert=True)` does, without its signals.

    `once`: nothing is written, and nothing is wrong, where a constraint says that it is there already. A number that
    the database gives is not read back.
    """
    here = connections[DEFAULT_DB_ALIAS]
    sql, fields = _written(type(row), once)
    with here.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(field.pre_save(row, True), here) for field in fields])
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _written(model: type[Model], once: bool) -> tuple[str, list[Field[Any, Any]]]:
    # Both databases write this alike.
    fields = [field for field in model._meta.concrete_fields if not field.db_returning]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    conflict = " ON CONFLICT DO NOTHING" if once else ""
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks}){conflict}', fields  # noqa: S608
