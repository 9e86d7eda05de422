"""Conversations as a customer's list and a console's lists show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat.models import Conversation, Event, Outcome, OutcomeState, Status
from chat.wire import time_text

PREVIEW = 140


def customer_conversation(
    c: Conversation, *, outcome: Outcome | None, read_seq: int, seen_seq: int, unread: int, at: datetime
) -> dict[str, Any]:
    """A conversation in its customer's list, all numbers in the customer's numbering."""
    return {
        "id": str(c.id),
        "case_code": c.case_code,
        "subject": c.subject,
        "status": c.status,
        "opened_at": time_text(c.opened_at),
        "resolved_at": time_text(c.resolved_at),
        "technician": {"name": c.technician.shown_name} if c.technician else None,
        "last_seq": c.customer_last_seq,
        "read_seq": read_seq,
        "seen_seq": seen_seq,
        "unread": unread,
        "outcome": outcome_shown(outcome if stands(c, outcome) else None),
        "ask_held": stands(c, outcome) and _to_ask(outcome, at),
    }


def stands(c: Conversation, outcome: Outcome | None) -> bool:
    """Whether it is of the resolution that stands: one before a reopening was taken back by it."""
    return bool(outcome and c.status == Status.RESOLVED and c.resolved_at and outcome.at >= c.resolved_at)


def _to_ask(outcome: Outcome | None, at: datetime) -> bool:
    """Whether it is time to ask if the fix has held, and nobody has said."""
    return bool(outcome and outcome.ask_at and outcome.ask_at <= at and outcome.state == OutcomeState.UNKNOWN)


def outcome_shown(outcome: Outcome | None) -> dict[str, Any] | None:
    """What the problem was and what fixed it, for the person it belongs to."""
    if outcome is None:
        return None
    return {"problem": outcome.problem, "cause": outcome.cause, "fix": outcome.fix, "state": outcome.state}


def console_row(
    c: Conversation,
    *,
    identity: str,
    last: Event | None,
    read_seq: int,
    seen_seq: int,
    unread: int,
    returning: bool,
) -> dict[str, Any]:
    """A conversation in a console's lists, all numbers in the technicians' numbering."""
    return {
        "id": str(c.id),
        "case_code": c.case_code,
        "subject": c.subject,
        "status": c.status,
        "inbox": {"key": c.inbox.key, "name": c.inbox.name, "color": c.inbox.color},
        "customer": {"id": str(c.customer_id), "name": str(c.customer), "identity": identity},
        "technician": {"id": str(c.technician_id), "name": c.technician.shown_name} if c.technician else None,
        "team": {"id": str(c.team_id), "name": c.team.name} if c.team else None,
        "opened_at": time_text(c.opened_at),
        "waiting_since": time_text(c.waiting_since),
        "resolved_at": time_text(c.resolved_at),
        "urgent": c.urgent,
        "last_seq": c.last_seq,
        "read_seq": read_seq,
        "seen_seq": seen_seq,
        "unread": unread,
        "last": _last(last),
        "returning": returning,
    }


def _last(event: Event | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {
        "at": time_text(event.at),
        "by": {"kind": event.author_kind, "name": event.author_name},
        "text": event.text[:PREVIEW],
        "note": event.note,
    }
