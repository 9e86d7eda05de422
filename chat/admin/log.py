"""A log as lines to read: who, when, what, and whether customers saw it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.models import AuthorKind, Event, EventKind

#: Enough for nearly every conversation; more would make a page of many megabytes of a long one.
PAGE = 300


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event in words. `side` is customer, technician, note or event, for the style sheet."""

    seq: int
    at: datetime
    who: str
    text: str
    side: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some lines in order; `earlier` is the `before` of the page above, None at the beginning."""

    lines: list[LogLine]
    earlier: int | None
    newest: bool


def page_of_log(conversation: UUID, before: str) -> LogPage:
    """The newest lines of a log, or those before a number; anything that is no number counts as none."""
    events = Event.objects.filter(conversation_id=conversation).order_by("-seq")
    bounded = before.isascii() and before.isdigit() and len(before) < 10
    if bounded:
        events = events.filter(seq__lt=int(before))
    found = list(events[:PAGE])[::-1]
    return LogPage(
        lines=[_line(event) for event in found],
        earlier=found[0].seq if found and found[0].seq > 1 else None,
        newest=not bounded,
    )


def _line(event: Event) -> LogLine:
    who = event.author_name or dict(AuthorKind.choices).get(event.author_kind, "Somebody")
    if event.kind == EventKind.MESSAGE:
        return LogLine(event.seq, event.at, who, event.text, "note" if event.note else event.author_kind)
    return LogLine(event.seq, event.at, who, _happened(event.kind, event.body or {}), "event")


def _happened(kind: str, body: dict[str, Any]) -> str:
    if kind == EventKind.ASSIGNED:
        technician = body.get("technician")
        return (
            f"Assigned to {technician.get('name')}"
            if isinstance(technician, dict)
            else "Given back to the queue"
        )
    if kind == EventKind.RESOLVED:
        outcome = body.get("outcome")
        problem = outcome.get("problem") if isinstance(outcome, dict) else ""
        return f"Resolved: {problem}" if problem else "Resolved"
    if kind == EventKind.REOPENED:
        return f"Reopened ({body['reason']})" if body.get("reason") else "Reopened"
    if kind == EventKind.LINKED:
        return _recognised(body)
    return kind.capitalize()


def _recognised(body: dict[str, Any]) -> str:
    customer = body.get("customer")
    name = customer.get("name") if isinstance(customer, dict) else "somebody"
    words = {
        "linked": f"Recognised as {name}",
        "unlinked": f"Not {name} any more: the link was taken back",
        "not_me": f"The old mailbox of {name} says: this was not me",
    }.get(str(body.get("action")), "Recognised")
    return f"{words} ({body['reason']})" if body.get("reason") else words
