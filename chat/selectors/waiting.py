"""Who is helping, and who waits for an answer of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chat.models import AuthorKind, Conversation, Event, EventKind, Status


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A conversation in which the customer has spoken last; `since` then, `last_seq` its end when it was read."""

    conversation: UUID
    technician: UUID
    last_seq: int
    since: datetime


def busy_technicians() -> set[UUID]:
    """Everybody who has an active conversation."""
    active = Conversation.objects.filter(status=Status.ACTIVE, technician__isnull=False)
    return set(active.order_by().values_list("technician_id", flat=True).distinct())


def unanswered_of(technicians: Iterable[UUID], most: int) -> list[Unanswered]:
    """Active conversations of `technicians` whose customers wait for an answer, at most `most` of them."""
    found: list[Unanswered] = []
    active = Conversation.objects.filter(status=Status.ACTIVE, technician_id__in=set(technicians))
    for conversation, technician, last_seq in active.values_list(
        "id", "technician_id", "last_seq"
    ).iterator():
        since = _waits_since(conversation)
        if since is not None and technician is not None:
            found.append(Unanswered(conversation, technician, last_seq, since))
        if len(found) == most:
            break
    return found


def _waits_since(conversation: UUID) -> datetime | None:
    """When the customer said the first thing that no technician has answered; None when all is answered."""
    said = Event.objects.filter(conversation_id=conversation, kind=EventKind.MESSAGE, note=False)
    answered = (
        said.filter(author_kind=AuthorKind.TECHNICIAN).order_by("-seq").values_list("seq", flat=True).first()
    )
    waiting = said.filter(author_kind=AuthorKind.CUSTOMER, seq__gt=answered or 0)
    return waiting.order_by("seq").values_list("at", flat=True).first()
