"""Queries that are asked all the time: Django writes each once, and what it wrote is kept.

Writing a query takes more of the processor than sending it and reading its few rows, and a conversation begins with
dozens of them. The queryset stays what it was, and stays the source: only its text is kept.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import update_wrapper
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)

#: What tells one text from another: the database, and for each value of which kind it is, and whether one or many.
Shape = tuple[object, ...]
#: A row of the database as the queryset gives it.
Make = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class Text:
    """A statement. `parameters`: for each the number of the value that stands there, or what stands there always."""

    sql: str
    parameters: Sequence[tuple[int | None, Any]]
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], Any]]
    make: Make


def kept_cursor() -> Any:
    """A cursor for statements whose text is always the same: PostgreSQL keeps their plans, others pay nothing.

    A list is one value to it. Where a plan would depend on how long it is, that is not for this cursor.
    """
    here: Any = connections[DEFAULT_DB_ALIAS]
    return here.kept_cursor() if here.vendor == "postgresql" else here.cursor()


class Prepared:
    """A queryset made from values by name. `prepared(name=value, …)` asks it, for a list: see `prepared`."""

    #: All there are, for tests; those that change what a queryset is made of empty `texts`, before and after.
    every: ClassVar[list[Prepared]] = []

    def __init__(self, queryset: Callable[..., QuerySet[Any, Any]]) -> None:
        self.queryset = queryset
        self.texts: dict[Shape, Text | None] = {}
        update_wrapper(self, queryset)
        self.every.append(self)

    def __call__(self, **values: Any) -> list[Any]:
        """What the queryset of these values finds now. One statement, or none where nothing can be found."""
        key = (
            connections[DEFAULT_DB_ALIAS].vendor,
            *((name, *_kind(value)) for name, value in values.items()),
        )
        if key not in self.texts:
            self.texts[key] = self._written(values)
        text = self.texts[key]
        return [] if text is None else _rows(text, list(values.values()))

    def _written(self, values: Mapping[str, Any]) -> Text | None:
        """The statement for values of this shape. Django is given others, by which is found where they go."""
        given: dict[str, Any] = {}
        places: dict[Any, int] = {}  # the first two of many stand next to each other, wherever they stand
        for place, (name, value) in enumerate(values.items()):
            if isinstance(value, _MANY):
                given[name] = [_like(next(iter(value))) for _ in range(2)] if value else []
                places |= {_adapted(one): place for one in given[name]}
            elif value is None:
                given[name] = None
            else:
                given[name] = _like(value)
                places[_adapted(given[name])] = place
        found = self.queryset(**given)
        compiler = found.query.get_compiler(connection=connection)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        placed = [
            (places.get(one) if isinstance(one, UUID | datetime | str | int | bytes) else None, one)
            for one in (getattr(one, "obj", one) for one in parameters)  # bytes come wrapped
        ]
        if lost := set(places.values()) - {place for place, _ in placed}:
            raise TypeError(
                f"{self.queryset.__name__} does not pass on {len(lost)} of its values as they are"
            )
        many = {place for place, value in enumerate(values.values()) if isinstance(value, _MANY)}
        converters = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
        return Text(
            *_many_as_one(sql, placed, many),
            [(place, functions, column) for place, (functions, column) in converters.items()],
            _make(found, compiler),
        )


def prepared(queryset: Callable[..., QuerySet[Any, Any]]) -> Prepared:
    """Decorates a function that makes a queryset (of instances, or a `values_list`) from values by name.

    Values: a UUID, an aware datetime, a text, bytes, a whole number, None, or a list, tuple or set of one of these,
    in which something is looked for. Each must reach the database as it is: what Python made of it would be made once.
    Raises TypeError for others, and where one does not arrive, when it is first asked.
    """
    return Prepared(queryset)


def first(found: Sequence[Any]) -> Any:
    """The first of what was found, or None."""
    return found[0] if found else None


_MANY = (list, tuple, set, frozenset)
_LIST = {"postgresql": (" = ANY(", ")"), "sqlite": (" IN (SELECT value FROM json_each(", "))")}
_populators: Any = get_related_populators  # whose types are those of another version


def _rows(text: Text, bound: Sequence[Any]) -> list[Any]:
    here = connections[DEFAULT_DB_ALIAS]  # `connection` looks for it anew with each thing that it is asked
    if here.vendor == "postgresql":
        values = [list(one) if isinstance(one, _MANY) else one for one in bound]
    else:
        values = [_adapted(one) for one in bound]
    with kept_cursor() as cursor:
        cursor.execute(
            text.sql, [always if place is None else values[place] for place, always in text.parameters]
        )
        rows: list[Any] = cursor.fetchall()
    if text.converters:
        rows = [list(row) for row in rows]
        for place, functions, column in text.converters:
            for row in rows:
                for function in functions:
                    row[place] = function(row[place], column, here)
    return [text.make(row) for row in rows]


def _make(found: QuerySet[Any, Any], compiler: Any) -> Make:
    kind = found._iterable_class
    if kind is FlatValuesListIterable:
        return lambda row: row[0]
    if kind is ValuesListIterable:
        return tuple
    if (
        kind is not ModelIterable
        or compiler.annotation_col_map
        or found.__dict__["_prefetch_related_lookups"]
    ):
        raise TypeError(f"instances or a values_list, not {kind.__name__}")
    # As in ModelIterable, for one row.
    model, fields = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    start, end = fields[0], fields[-1] + 1
    names = [column.target.attname for column, *_ in compiler.select[start:end]]
    related = _populators(compiler.klass_info, compiler.select, found.db)

    def instance(row: Sequence[Any]) -> Any:
        one = model.from_db(found.db, names, row[start:end])
        for populator in related:
            populator.populate(row, one)
        return one

    return instance


def _kind(value: Any) -> tuple[type, type | None]:
    """What a text depends on: of which type it is; of many whether there are any, and of which they are."""
    if isinstance(value, _MANY):
        return list, type(next(iter(value))) if value else None
    return type(value), None


def _many_as_one(
    sql: str, placed: Sequence[tuple[int | None, Any]], many: set[int]
) -> tuple[str, Sequence[tuple[int | None, Any]]]:
    """The statement with one parameter for many values, however many there will be."""
    before, after = _LIST[connection.vendor]
    parts = sql.split("%s")
    if len(parts) != len(placed) + 1:
        raise TypeError("a statement with a percent sign is not kept")
    written, left = parts[0], []
    numbers = iter(range(len(placed)))
    for number in numbers:
        place, _ = placed[number]
        follows = parts[number + 1]
        if place in many:
            pair = placed[number + 1 : number + 2] and placed[number + 1][0] == place and follows == ", "
            if not pair or not written.endswith(" IN (") or not parts[number + 2].startswith(")"):
                raise TypeError("of many values it can only be asked whether something is among them")
            written = written.removesuffix(" IN (") + before
            follows = after + parts[next(numbers) + 1].removeprefix(")")
        left.append(placed[number])
        written += "%s" + follows
    return written, left


def _like(value: Any) -> Any:
    """Another value of this kind, which stands nowhere else."""
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, datetime):
        return datetime(2500, 1, 1, tzinfo=UTC) + timedelta(microseconds=secrets.randbelow(1 << 50))
    if isinstance(value, str):
        return secrets.token_hex(12)
    if isinstance(value, bytes):
        return secrets.token_bytes(16)
    if isinstance(value, int) and not isinstance(value, bool):
        return (1 << 29) + secrets.randbelow(1 << 29)
    raise TypeError(f"a statement is not kept for {type(value).__name__}")


def _adapted(value: Any) -> Any:
    """As Django hands it to the database."""
    if connection.vendor == "postgresql":
        return value
    if isinstance(value, _MANY):
        return json.dumps([_adapted(one) for one in value])
    if isinstance(value, UUID):
        return value.hex
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
