"""Kept statements (`customers.prepared`) beside the querysets that they were written from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.db.models import Model

from customers.prepared import Prepared

#: Between the two somebody else may write.
TRIES = 3


@dataclass(slots=True)
class Compared:
    """`found`: of each statement that was asked, how many rows it found in all."""

    differences: list[str] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)


def name_of(one: Prepared) -> str:
    """Where it stands."""
    return f"{one.queryset.__module__}.{one.queryset.__qualname__}"


def product_s() -> list[Prepared]:
    """All that the product keeps."""
    return [one for one in Prepared.every if not one.queryset.__module__.startswith("tests.")]


def plain(row: Any, above: tuple[Any, ...] = ()) -> Any:
    """A row in full, with what came with it: two instances are equal for Django when their keys are."""
    if not isinstance(row, Model):
        return row
    came = row._state.fields_cache.items()
    known = {name: plain(one, (*above, row)) for name, one in came if one not in above}
    return type(row), {name: value for name, value in vars(row).items() if name != "_state"}, known


def differs(one: Prepared, values: dict[str, Any], rows: list[Any]) -> bool:
    """Whether the queryset of these values finds other rows; their order counts where it has one."""
    queryset = one.queryset(**values)
    mine, theirs = [plain(row) for row in rows], [plain(row) for row in queryset]
    if not queryset.ordered:
        mine, theirs = sorted(mine, key=repr), sorted(theirs, key=repr)
    return mine != theirs


@contextmanager
def comparing() -> Iterator[Compared]:
    """Ask the queryset too, whenever a kept statement is asked while this lasts."""
    compared, ask = Compared(), Prepared.__call__

    def both(self: Prepared, **values: Any) -> list[Any]:
        rows = ask(self, **values)
        name = name_of(self)
        compared.found[name] = compared.found.get(name, 0) + len(rows)
        if all(differs(self, values, rows if place == 0 else ask(self, **values)) for place in range(TRIES)):
            compared.differences.append(f"{name} {values}")
        return rows

    with mock.patch.object(Prepared, "__call__", both):
        yield compared


@contextmanager
def written_anew() -> Iterator[None]:
    """For tests that change what stands in querysets: nothing kept from before, nothing kept after."""
    for one in Prepared.every:
        one.texts.clear()
    try:
        yield
    finally:
        for one in Prepared.every:
            one.texts.clear()
