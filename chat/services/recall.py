"""What technicians do with what is remembered: send a fix once more, use it again, promise something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from chat.errors import Invalid, NotFound
from chat.log.entries import Author, Entry, Say
from chat.models import AuthorKind, Conversation, Event, EventKind, Outcome, Promise
from chat.recall.drafts import outcome_draft
from chat.recall.fixes import outcome_for
from chat.recall.promises import promise_shown
from chat.services.checks import client_id_in, text_in

PROMISE = 500


def resend_entry(*, conversation: UUID, technician: Author, given: Mapping[str, object]) -> Entry:
    """The entry that sends an earlier fix as the technician's message. `given`: `{outcome, client_id?}`.

    Only the fix goes out, as a technician once wrote it down; never anything of the conversation it comes from.
    Without a `client_id` it is sent once until the customer writes again, however often it is clicked.
    Raises Invalid, NotFound.
    """
    past = _outcome_in(conversation, given)
    if not past.fix.strip():
        raise Invalid(fields={"outcome": "This one has no steps to send."})
    client_id = client_id_in(given) if given.get("client_id") is not None else _once(conversation, past)
    return Entry(conversation, technician, Say(text=past.fix, client_id=client_id))


def fixed_again(*, conversation: UUID, given: Mapping[str, object]) -> dict[str, str]:
    """The resolve form filled in from an earlier outcome: `{problem, cause, fix, applies_to}`. `given`: `{outcome}`.

    What it applies to is this time's product and system, where they are known. Raises Invalid, NotFound.
    """
    past = _outcome_in(conversation, given)
    draft = outcome_draft(conversation)
    return {
        "problem": past.problem or draft["problem"],
        "cause": past.cause,
        "fix": past.fix,
        "applies_to": draft["applies_to"] or past.applies_to,
    }


def make_promise(*, conversation: UUID, technician: UUID, given: Mapping[str, object]) -> dict[str, Any]:
    """Remember what was promised in a conversation, until it is kept. `given`: `{text, due_at?}`.

    Gives the promise as the return card shows it. Raises Invalid, TooLarge.
    """
    promise = Promise.objects.create(
        conversation_id=conversation,
        text=text_in(given, limit=PROMISE).strip(),
        due_at=_time_in(given, "due_at"),
        by_id=technician,
        at=datetime.now(UTC),
    )
    return promise_shown(promise)


def keep_promise(*, promise: UUID) -> UUID:
    """The promise is kept; again changes nothing. Gives its conversation. Raises NotFound."""
    found = Promise.objects.filter(pk=promise)
    conversation = found.values_list("conversation_id", flat=True).first()
    if conversation is None:
        raise NotFound()
    found.filter(kept_at=None).update(kept_at=datetime.now(UTC))
    return conversation


def _outcome_in(conversation: UUID, given: Mapping[str, object]) -> Outcome:
    """The earlier outcome that is named, within reach of this conversation's inbox."""
    try:
        outcome = UUID(given.get("outcome"))  # type: ignore[arg-type]
    except (ValueError, TypeError, AttributeError):
        raise Invalid(fields={"outcome": "Say which outcome."}) from None
    inbox = Conversation.objects.filter(pk=conversation).values_list("inbox_id", flat=True).first()
    if inbox is None:
        raise NotFound()
    return outcome_for(outcome, inbox)


def _once(conversation: UUID, past: Outcome) -> str:
    """A client id that stays the same until the customer has written again."""
    said = Event.objects.filter(
        conversation=conversation, kind=EventKind.MESSAGE, author_kind=AuthorKind.CUSTOMER
    )
    last = said.order_by("-seq").values_list("seq", flat=True).first()
    return f"fix-{past.pk.hex}-{last or 0}"


def _time_in(given: Mapping[str, object], name: str) -> datetime | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 2000 <= at.year <= 2200:
        raise Invalid(fields={name: "Give a time as 2026-03-01T09:30:00Z."})
    return at
