"""The resolve form, filled in from what was said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chat.models import Conversation, Environment, Event, EventKind, Outcome
from chat.recall.prefill import draft_outcome
from customers.environment import Surroundings
from customers.selectors import person_of

#: A draft is made of the end of a long conversation: that is where the fix stands.
MOST_READ = 300


def outcome_draft(conversation: UUID) -> dict[str, str]:
    """`{problem, cause, fix, applies_to}` for the technician to confirm. Raises Conversation.DoesNotExist."""
    this = Conversation.objects.get(pk=conversation)
    messages = Event.objects.filter(conversation=this, kind=EventKind.MESSAGE)
    first = list(messages.order_by("seq").values_list("author_kind", "text", "note", "seq")[:20])
    last = list(messages.order_by("-seq").values_list("author_kind", "text", "note", "seq")[:MOST_READ])
    lines = {seq: (kind, text, note) for kind, text, note, seq in [*first, *last]}
    snapshot = Environment.objects.filter(conversation=this).first()
    draft = draft_outcome(
        events=[lines[seq] for seq in sorted(lines)],
        environment=Surroundings.from_columns(snapshot) if snapshot else None,
        last_outcome=_earlier_outcome(this),
    )
    return {key: str(value) for key, value in draft.items()}


def _earlier_outcome(this: Conversation) -> dict[str, Any] | None:
    earlier = Outcome.objects.filter(
        conversation__customer_id__in=person_of(this.customer_id, datetime.now(UTC)), at__lt=this.opened_at
    )
    last = earlier.order_by("-at").values("problem", "cause", "fix", "applies_to").first()
    return dict(last) if last else None
