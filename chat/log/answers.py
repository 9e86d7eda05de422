"""Whether a fix has held: when to ask, and what the customer answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from chat.log.entries import Head, Resolve
from chat.models import Outcome, OutcomeState, Status
from customers.models import Inbox


def when_to_ask(inbox: UUID, act: Resolve, at: datetime) -> datetime | None:
    """When to ask whether the fix has held; None where there was no fix, or the inbox does not ask."""
    if not act.fix:
        return None
    days = Inbox.objects.filter(pk=inbox).values_list("held_after_days", flat=True).first()
    return at + timedelta(days=days) if days else None


def remember_answer(head: Head, held: bool, at: datetime) -> None:
    """Keep what the customer says of the resolution that stands. The same again, or too late, changes nothing.

    To be called before the rules reopen the conversation. A fix that held and came back after all has failed.
    """
    if head.status != Status.RESOLVED or head.resolved_at is None:
        return
    known = Outcome.objects.filter(conversation_id=head.id, at__gte=head.resolved_at)
    newest = known.order_by("-at", "-id").first()
    state = OutcomeState.HELD if held else OutcomeState.FAILED
    if newest is None or newest.state in {state, OutcomeState.FAILED}:
        return
    Outcome.objects.filter(pk=newest.pk).update(state=state, answered_at=at)
