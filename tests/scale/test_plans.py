"""No statement of the product reads a whole table that grows, and none costs more because more is on file.

`SCALE=10000000 pytest tests/scale` takes so many events, and what the database then plans by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from django.contrib import admin
from django.db import connection, transaction

from chat.recall import fixes, index_search, similar_known
from customers.admin import bounded, inboxes
from customers.recognition import searching, suggesting
from customers.scratch import scratch_database
from tests.scale import deeds, seed
from tests.scale.capture import Statement, recording, shape_of
from tests.scale.plans import as_if_big, faults_of
from tests.scale.size import size_for
from tests.scale.work import work_by_shape, work_of
from tests.support.kept import Compared, comparing, name_of, product_s, written_anew

EVENTS = int(os.environ.get("SCALE", "8000"))
#: From here on a database that was given statistics plans as it will with years on file.
BIG_ENOUGH = 1_000_000
TIMES = 6
#: What takes up to a hundred of each of some words may look at so many more, until all of them have a hundred.
SOME = 3_000

#: Statements that go through a table after all, and why they may.
ALLOWED = {
    'LEFT OUTER JOIN "chat_problem"': "once in a worker's life: which outcomes were made before there was an index",
    'FROM "chat_mail" WHERE NOT ("chat_mail"."state"': "nearly every mail passes, so the LIMIT ends it on the first page",
    "FROM chat_problem WHERE words @@": "ends at CEILING rows; for common words the newest rows are the quicker way",
}


@dataclass
class World:
    """A database with work on file, and what the product asked of it."""

    statements: list[Statement]
    kept: Compared


@pytest.fixture(scope="module")
def world(django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():  # type: ignore[attr-defined]
        if EVENTS < BIG_ENOUGH:  # what is bounded is to reach its bounds
            patch.setattr(index_search, "BUDGET", 50)
            patch.setattr(index_search, "CEILING", 100)
            patch.setattr(similar_known, "AT_FIRST", 100)
            patch.setattr(fixes, "MOST_CASES", 10)
            patch.setattr(searching, "MOST_A_KEY", 3)
            patch.setattr(searching, "MOST", 20)
            patch.setattr(suggesting, "MOST", 20)
            for place in (bounded, inboxes):
                patch.setattr(place, "MOST_COUNTED", 20)
            for page in admin.site._registry.values():
                patch.setattr(page, "list_per_page", 10)
        with scratch_database(), written_anew():
            seed.fill(size_for(EVENTS, waiting=30 if EVENTS < BIG_ENOUGH else None))
            with comparing() as kept:
                yield World(lived(), kept)
            connection.close()


def lived() -> list[Statement]:
    """A process that begins, and what it asks."""
    similar_known._known.clear()
    with recording() as recorder:
        deeds.live(recorder)
    assert len(recorder.statements) > 150, "so few statements cannot be all"
    return recorder.statements


def test_what_is_kept_of_a_queryset_finds_what_the_queryset_finds(world: World) -> None:
    """Whatever the product asked of a kept statement, its queryset gave the same rows."""
    assert world.kept.differences == []
    asked = world.kept.found.keys()
    assert {name_of(one) for one in product_s()} == asked, "nobody asked the others"
    assert sum(map(bool, world.kept.found.values())) > 30, "so few that found anything cannot be all"


def wrong(statements: list[Statement], *, forced: bool) -> dict[str, list[str]]:
    asked = {shape_of(one.text): one for one in statements if not any(part in one.text for part in ALLOWED)}
    found = {str(one): faults_of(one, forced=forced) for one in asked.values()}
    return {name: faults for name, faults in found.items() if faults}


def planned(statements: list[Statement]) -> dict[str, list[str]]:
    if EVENTS >= BIG_ENOUGH:
        return wrong(statements, forced=False)
    with as_if_big():
        return wrong(statements, forced=True)


def test_every_statement_goes_by_indexes(world: World) -> None:
    assert planned(world.statements) == {}


def test_what_is_allowed_is_asked_for(world: World) -> None:
    """An exception that nothing needs any more would hide something else."""
    engine = {"FROM chat_problem WHERE words @@"} if connection.vendor == "sqlite" else set()
    for part in ALLOWED.keys() - engine:
        assert any(part in one.text for one in world.statements), part


@pytest.mark.parametrize(
    ("index", "table"),
    [
        ("conversation_claimed", "chat_conversation"),
        ("one_time_link_expires", "customers_onetimelink"),
        ("grant_given", "customers_grant"),
        ("identifier_value", "customers_identifier"),
        ("mail_done", "chat_mail"),
        ("problem_fix", "chat_problem"),
    ],
)
def test_a_missing_index_is_found(world: World, index: str, table: str) -> None:
    """The mutant: the same product on a database that lacks an index."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {index}")
        found = planned([one for one in world.statements if table in one.tables])
        transaction.set_rollback(True)
    assert any(table in fault for faults in found.values() for fault in faults), found


@pytest.mark.skipif(EVENTS >= BIG_ENOUGH, reason="is shown by growing a small one")
def test_nothing_costs_more_because_more_is_on_file(world: World) -> None:
    with as_if_big():
        before = work_by_shape(world.statements)
    more = replace(size_for(EVENTS * (TIMES - 1)), waiting=0, active=0, huge=0)
    seed.add(more, seed=2)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    again = lived()
    with as_if_big():
        after = work_by_shape(again)
    grown = {
        f"{shape[:60]} … {shape[-300:]}": (before.get(shape), after[shape])
        for shape in after
        if after[shape] > 1.5 * before.get(shape, SOME) + SOME
    }
    assert not grown, "\n".join(f"{counts} {shape}" for shape, counts in grown.items())
    # The mutant: a look through a table.
    for table, column in (("chat_event", "text"), ("chat_conversation", "subject")):
        through = Statement(f"SELECT id FROM {table} WHERE {column} = %s", ["nobody said this"], "looking")
        assert work_of(through) > EVENTS / 2
