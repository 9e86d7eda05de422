"""How well a fix works: in how many cases it was used, and in how many it held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from chat.errors import NotFound
from chat.models import Outcome, OutcomeState, Problem
from chat.recall.index_search import Scope, scope_of


@dataclass(slots=True)
class Record:
    """What became of one fix, wherever it was used. Of the rest nobody has said."""

    count: int = 0
    held: int = 0
    failed: int = 0


def records_of(fixes: Iterable[str], scope: Scope) -> dict[str, Record]:
    """The records of these fixes (marks, see `same_fix`) within a scope. One query."""
    marks = {fix for fix in fixes if fix}
    if not marks:
        return {}
    counted = (
        Problem.objects.filter(scope.inboxes("outcome__conversation__"), fix__in=marks)
        .values_list("fix", "outcome__state")
        .annotate(n=Count("id"))
    )
    records: dict[str, Record] = {}
    for fix, state, n in counted:
        record = records.setdefault(fix, Record())
        record.count += n
        record.held += n * (state == OutcomeState.HELD)
        record.failed += n * (state == OutcomeState.FAILED)
    return records


def outcome_for(outcome: UUID, inbox: UUID) -> Outcome:
    """This outcome, as far as conversations of `inbox` may know of it. Raises NotFound, the same for "not there"."""
    found = Outcome.objects.filter(scope_of(inbox).inboxes("conversation__"), pk=outcome).first()
    if found is None:
        raise NotFound()
    return found
