"""What technicians have promised a person, open until it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from chat.models import Promise
from chat.wire import time_text
from customers.prepared import prepared

MOST_SHOWN = 50


def open_promises(person: Iterable[UUID]) -> list[dict[str, Any]]:
    """The open promises to these customers, those due first at the top, those without a day last. One query."""
    return [promise_shown(one) for one in sorted(_open(person=list(person)), key=_when)]


@prepared
def _open(person: Iterable[UUID]) -> QuerySet[Promise, Promise]:
    found = Promise.objects.filter(conversation__customer_id__in=person, kept_at=None)
    return found.select_related("by")[:MOST_SHOWN]


def promise_shown(promise: Promise) -> dict[str, Any]:
    """A promise as technicians see it."""
    return {
        "id": str(promise.pk),
        "conversation": str(promise.conversation_id),
        "text": promise.text,
        "due_at": time_text(promise.due_at),
        "by": promise.by.shown_name,
        "at": time_text(promise.at),
    }


def _when(promise: Promise) -> tuple[bool, float, float]:
    due = promise.due_at.timestamp() if promise.due_at else 0.0
    return promise.due_at is None, due, promise.at.timestamp()
