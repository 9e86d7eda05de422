"""The index of past problems: what is written into it, with each outcome and in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from chat.models import AuthorKind, Event, EventKind, Outcome, Problem
from chat.recall.similar_text import essence, keys_of, same_fix, words_of
from customers.prepared import prepared

#: Of what a customer says, the first messages tell what the problem is; later ones, what was tried.
FIRST_MESSAGES = 3
FIRST_CHARACTERS = 400
#: Outcomes that `rebuild` takes at once.
BATCH = 500


def scope_key(inbox: UUID) -> str:
    """The key that only problems of this inbox hold."""
    return f"inbox{inbox.hex}"


def index_outcome(outcome: Outcome) -> None:
    """Make a new outcome findable, in the caller's transaction."""
    index_outcomes([outcome.pk])


def index_outcomes(outcomes: Sequence[UUID]) -> int:
    """Make these outcomes findable, those that are already so anew; how many. A handful of queries."""
    found = list(Outcome.objects.filter(pk__in=outcomes).select_related("conversation").order_by("at", "id"))
    said = first_words([one.conversation_id for one in found])
    fixes = _fixes_of(found)
    rows = []
    for one in found:
        told = words_of(f"{one.problem}\n{one.cause}\n{one.applies_to}")
        heard = words_of(essence(f"{one.conversation.subject}\n{said.get(one.conversation_id, '')}"))
        heard = [] if set(heard) <= set(told) else heard
        keys = [scope_key(one.conversation.inbox_id), *keys_of([*told, *heard])]
        rows.append(
            Problem(
                outcome=one, told=" ".join(told), said=" ".join(heard), keys=" ".join(keys), fix=fixes[one.pk]
            )
        )
    with transaction.atomic():
        Problem.objects.filter(outcome__in=[one.pk for one in found]).delete()
        Problem.objects.bulk_create(rows)
    return len(rows)


def rebuild(*, all_of_them: bool = False) -> Iterable[int]:
    """Index the outcomes that are not yet (or all), oldest first; yields how many each batch had."""
    last: UUID | None = None
    while True:
        left = Outcome.objects.order_by("id")
        if not all_of_them:
            left = left.filter(found_by=None)
        if last is not None:
            left = left.filter(id__gt=last)
        ids = list(left.values_list("id", flat=True)[:BATCH])
        if not ids:
            return
        last = ids[-1]
        yield index_outcomes(ids)


def first_words(conversations: Iterable[UUID]) -> dict[UUID, str]:
    """What the customer said first in each conversation. One query."""
    said: dict[UUID, str] = {}
    for conversation, text in _first_messages(conversations=set(conversations)):
        said[conversation] = f"{said.get(conversation, '')}\n{text}"[:FIRST_CHARACTERS]
    return said


@prepared
def _first_messages(conversations: Iterable[UUID]) -> QuerySet[Event, Any]:
    return (
        Event.objects.filter(
            conversation_id__in=conversations,
            kind=EventKind.MESSAGE,
            author_kind=AuthorKind.CUSTOMER,
            seq__lte=20,
        )
        .annotate(place=Window(RowNumber(), partition_by="conversation_id", order_by="seq"))
        .filter(place__lte=FIRST_MESSAGES)
        .order_by("seq")
        .values_list("conversation_id", "text")
    )


def _fixes_of(outcomes: Sequence[Outcome]) -> dict[UUID, str]:
    """The mark of each outcome's fix; one that repeats an earlier one has that one's, whatever its wording."""
    marks = dict(
        Problem.objects.filter(outcome__in=[one.again_id for one in outcomes if one.again_id]).values_list(
            "outcome_id", "fix"
        )
    )
    for one in outcomes:
        marks[one.pk] = (marks.get(one.again_id) if one.again_id else "") or same_fix(one.fix)
    return {one.pk: marks[one.pk] for one in outcomes}
