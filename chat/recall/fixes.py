"""How well a fix works: in how many cases it was used, and in how many it held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chat.errors import NotFound
from chat.models import Outcome, OutcomeState, Problem
from chat.recall.index_search import Scope, scope_of
from customers.prepared import prepared

#: The newest cases of a fix that are looked at: enough to say how well it works.
MOST_CASES = 500


@dataclass(slots=True)
class Record:
    """What became of one fix in its newest cases, wherever it was used. Of the rest nobody has said."""

    count: int = 0
    held: int = 0
    failed: int = 0


def records_of(fixes: Iterable[str], scope: Scope) -> dict[str, Record]:
    """The records of these fixes (marks, see `same_fix`) within a scope: of each its newest `MOST_CASES`. One query."""
    marks = sorted({fix for fix in fixes if fix})
    if not marks:
        return {}
    counted = _counted(
        only=scope.only, without=scope.without, **{f"mark{place}": mark for place, mark in enumerate(marks)}
    )
    records: dict[str, Record] = {}
    for fix, state, n in counted:
        record = records.setdefault(fix, Record())
        record.count += n
        record.held += n * (state == OutcomeState.HELD)
        record.failed += n * (state == OutcomeState.FAILED)
    return records


@prepared
def _counted(only: UUID | None, without: Iterable[UUID], **marks: str) -> QuerySet[Problem, Any]:
    within = Scope(only, tuple(without)).inboxes("outcome__conversation__")
    found = Problem.objects.filter(within, reduce(or_, map(_newest, marks.values())))
    return found.values_list("fix", "outcome__state").annotate(n=Count("id"))


def _newest(mark: str) -> Q:
    """The newest cases of a fix. One that was used for years costs no more to look at than a new one."""
    cases = Problem.objects.filter(fix=mark).order_by("-id").values("id")
    return Q(fix=mark, id__gte=Coalesce(Subquery(cases[MOST_CASES - 1 : MOST_CASES]), 0))


def outcome_for(outcome: UUID, inbox: UUID) -> Outcome:
    """This outcome, as far as conversations of `inbox` may know of it. Raises NotFound, the same for "not there"."""
    found = Outcome.objects.filter(scope_of(inbox).inboxes("conversation__"), pk=outcome).first()
    if found is None:
        raise NotFound()
    return found
