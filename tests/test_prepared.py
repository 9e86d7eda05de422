"""Kept statements find what their querysets find, for every shape of values; what cannot be kept is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import Q, QuerySet

from customers import prepared as room
from customers.models import Customer, Identifier, Inbox
from customers.prepared import Prepared, first, prepared
from tests.support.kept import differs, plain

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@prepared
def identifiers(
    customers: Iterable[UUID], but: UUID | None, kind: str, since: datetime
) -> QuerySet[Identifier, Identifier]:
    found = Identifier.objects.filter(customer__in=customers, kind=kind, created_at__gte=since)
    return found.exclude(customer=but).select_related("customer__inbox").order_by("value")


@prepared
def values(customers: Sequence[UUID], names: Iterable[str]) -> QuerySet[Identifier, Any]:
    either = Q(customer__in=customers) | Q(value__in=names)
    return Identifier.objects.filter(either).values_list("id", "created_at", "customer__name")


@pytest.fixture
def people() -> list[UUID]:
    """Twelve, with an address each, a day apart."""
    made, inbox = [], Inbox.objects.create(key="kept", name="Kept")
    for number in range(12):
        at = NOW + timedelta(days=number)
        customer = Customer.objects.create(inbox=inbox, name=f"Guest {number}", created_at=at)
        address = f"{number:02}@b.example"
        Identifier.objects.create(
            customer=customer, kind="email", value=address, shown=address, created_at=at
        )
        made.append(customer.id)
    return made


def asked(people: list[UUID]) -> list[tuple[Prepared, dict[str, Any]]]:
    calls: list[tuple[Prepared, dict[str, Any]]] = []
    for many in range(10):
        for but in (None, people[0], uuid4()):
            given = {"customers": people[:many], "but": but, "kind": "email"}
            calls.append((identifiers, {**given, "since": NOW + timedelta(days=many // 2)}))
        names = {f"{number:02}@b.example" for number in range(many, 12)}
        calls.append((values, {"customers": frozenset(people[:many]), "names": names}))
    return calls


def wrong(people: list[UUID]) -> int:
    return sum(differs(one, given, one(**given)) for one, given in asked(people))


def test_a_kept_statement_finds_what_its_queryset_finds(people: list[UUID]) -> None:
    assert wrong(people) == 0
    given = {"customers": people[:5], "but": people[1], "kind": "email", "since": NOW}
    rows = identifiers(**given)
    assert [row.customer_id for row in rows] == [people[0], *people[2:5]]
    assert plain(rows[0])[2].keys() == {"customer"}, "the related rows are there without another statement"


def test_each_shape_is_written_once(people: list[UUID], django_assert_num_queries: Any) -> None:
    identifiers.texts.clear()
    for one, given in asked(people):
        one(**given)
    # Of a list none or any; with and without somebody to leave out.
    assert len(identifiers.texts) == 4
    with django_assert_num_queries(1):
        identifiers(customers=people, but=None, kind="email", since=NOW)
    with django_assert_num_queries(0):
        assert identifiers(customers=[], but=None, kind="email", since=NOW) == []


@pytest.mark.production
def test_the_server_keeps_their_plans(people: list[UUID]) -> None:
    for _ in range(8):
        values(customers=people[:3], names=["05@b.example"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = {statement for (statement,) in cursor.fetchall()}
    assert any("customers_identifier" in one and "ANY($" in one for one in kept), kept


def test_however_many_values_there_are(people: list[UUID]) -> None:
    many = [*(uuid4() for _ in range(2_000)), people[3]]
    assert len(values(customers=many, names=["05@b.example"])) == 2


def test_a_value_that_is_lost_is_noticed(people: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: of many values the first alone reaches the database."""
    ask = room._rows

    def forgetful(text: room.Text, bound: list[Any]) -> list[Any]:
        return ask(text, [list(one)[:1] if isinstance(one, list | frozenset) else one for one in bound])

    monkeypatch.setattr(room, "_rows", forgetful)
    assert wrong(people) > 0


def test_a_value_that_python_has_worked_with_is_refused() -> None:
    @prepared
    def yesterday(at: datetime) -> QuerySet[Identifier, Any]:
        return Identifier.objects.filter(created_at__gt=at - timedelta(days=1)).values_list("id")

    @prepared
    def either(name: str) -> QuerySet[Identifier, Any]:
        return Identifier.objects.filter(value=name.upper()).values_list("id")

    @prepared
    def elsewhere(names: list[str]) -> QuerySet[Identifier, Any]:
        either = (Q(value=name) for name in names)
        return Identifier.objects.filter(reduce(or_, either)).values_list("id")

    try:
        for one, value in ((yesterday, {"at": NOW}), (either, {"name": "a"})):
            with pytest.raises(TypeError, match="as they are"):
                one(**value)
        with pytest.raises(TypeError, match="bool"):
            either(name=True)
        with pytest.raises(TypeError, match="among them"):
            elsewhere(names=["a"])
    finally:
        del Prepared.every[-3:]


def test_only_rows_and_instances_can_be_kept() -> None:
    @prepared
    def dictionaries(key: UUID) -> QuerySet[Identifier, Any]:
        return Identifier.objects.filter(pk=key).values("id")

    try:
        with pytest.raises(TypeError, match="values_list"):
            dictionaries(key=uuid4())
    finally:
        Prepared.every.pop()


def test_the_first_or_nothing() -> None:
    assert first([]) is None
    assert first(["a", "b"]) == "a"
