"""What an act does to a conversation: plain rules over the locked head, without a database.

Each rule changes the head in place and gives the drafts of the events that come of it, or raises a Problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from chat.errors import Conflict
from chat.log.entries import (
    Act,
    Author,
    Claim,
    Head,
    Held,
    Recognise,
    Release,
    Reopen,
    Resolve,
    Say,
    Stored,
)
from chat.models import AuthorKind, EventKind, OutcomeState, Status
from chat.wire import time_text


@dataclass(slots=True)
class Draft:
    """An event that has no number yet. `main` marks the one that answers the entry."""

    kind: str
    main: bool = True
    note: bool = False
    text: str = ""
    client_id: str | None = None
    body: dict[str, Any] | None = None


def drafts_of(head: Head, author: Author, act: Act, at: datetime) -> list[Draft]:
    """Apply `act` to `head` and give its events in order.

    Raises Conflict when the conversation's state does not allow it; the head is then unchanged.
    """
    match act:
        case Say():
            return _say(head, author, act, at)
        case Claim():
            return _claim(head, author, at)
        case Release():
            return _release(head, author, act, at)
        case Resolve():
            return _resolve(head, author, act, at)
        case Reopen():
            return _reopen(head, author, act.reason, at)
        case Held():
            return _held(head, author, act, at)
        case Recognise():
            return [Draft(EventKind.LINKED, note=True, body=act.body)]
    return []


def numbered(head: Head, author: Author, draft: Draft, at: datetime) -> Stored:
    """The event that a draft becomes: the next of the head's log, whose numbers move on."""
    head.last_seq += 1
    if not draft.note:
        head.customer_last_seq += 1
    return Stored(
        uuid7(),
        head.id,
        head.last_seq,
        None if draft.note else head.customer_last_seq,
        str(draft.kind),
        at,
        str(author.kind),
        author.id,
        author.name,
        draft.client_id,
        draft.note,
        draft.text,
        draft.body,
    )


def _say(head: Head, author: Author, act: Say, at: datetime) -> list[Draft]:
    said = Draft(EventKind.MESSAGE, note=act.note, text=act.text, client_id=act.client_id)
    if act.note:
        return [said]
    if author.is_customer:
        # An answer to a solved conversation means it is not solved: back to the queue, nobody has it.
        before = _reopen(head, author, "customer wrote", at) if head.status == Status.RESOLVED else []
    elif author.kind == AuthorKind.TECHNICIAN:
        before = _claim(head, author, at) if head.status == Status.WAITING else []
        head.replied_at = head.replied_at or at
    else:
        before = []
    for draft in before:
        draft.main = False
    return [*before, said]


def _claim(head: Head, author: Author, at: datetime) -> list[Draft]:
    if head.status == Status.ACTIVE and head.technician == author.id:
        return []  # claimed already, by the same hand: a repeated click is no conflict
    if head.status != Status.WAITING:
        raise _taken(head)
    return [_assign(head, author, at)]


def _release(head: Head, author: Author, act: Release, at: datetime) -> list[Draft]:
    if author.kind == AuthorKind.SYSTEM:
        return _take_from(head, act, at)
    if head.status == Status.WAITING:
        return []
    if head.status != Status.ACTIVE or head.technician != author.id:
        raise _taken(head)
    head.status, head.technician, head.waiting_since = Status.WAITING, None, at
    return [_assigned(None, "", head.team)]


def _take_from(head: Head, act: Release, at: datetime) -> list[Draft]:
    if head.status != Status.ACTIVE or head.technician != act.gone or head.last_seq != act.seen:
        return []  # they are back, or somebody else was quicker: then there is nothing to do
    head.status, head.technician, head.waiting_since = Status.WAITING, None, act.since or at
    given_back = _assigned(None, "", head.team)
    given_back.body = {**(given_back.body or {}), "waiting_since": time_text(head.waiting_since)}
    return [given_back]


def _resolve(head: Head, author: Author, act: Resolve, at: datetime) -> list[Draft]:
    if head.status == Status.RESOLVED:
        raise _taken(head)
    head.status, head.resolved_at, head.waiting_since, head.urgent = Status.RESOLVED, at, None, False
    head.technician = head.technician or author.id
    outcome = {**act.words(), "state": str(OutcomeState.UNKNOWN)} if any(act.words().values()) else None
    return [Draft(EventKind.RESOLVED, body={"outcome": outcome})]


def _reopen(head: Head, author: Author, reason: str, at: datetime) -> list[Draft]:
    if head.status != Status.RESOLVED:
        if author.kind == AuthorKind.TECHNICIAN and head.technician == author.id:
            return []
        raise _taken(head)
    head.resolved_at = None
    reopened = Draft(EventKind.REOPENED, body={"reason": reason})
    if author.kind == AuthorKind.TECHNICIAN:
        assigned = _assign(head, author, at)
        assigned.main = False
        return [reopened, assigned]
    head.status, head.technician, head.waiting_since = Status.WAITING, None, at
    return [reopened]


def _held(head: Head, author: Author, act: Held, at: datetime) -> list[Draft]:
    if act.held or head.status != Status.RESOLVED:
        return []  # said again, or open again already: no conflict, whoever was first
    reopened = _reopen(head, author, "it came back", at)
    head.urgent = True
    return reopened


def _assign(head: Head, author: Author, at: datetime) -> Draft:
    head.status, head.technician, head.waiting_since = Status.ACTIVE, author.id, None
    head.claimed_at = head.claimed_at or at
    return _assigned(author.id, author.name, head.team)


def _assigned(technician: UUID | None, name: str, team: UUID | None) -> Draft:
    who = {"id": str(technician), "name": name} if technician else None
    return Draft(EventKind.ASSIGNED, body={"technician": who, "team": {"id": str(team)} if team else None})


def _taken(head: Head) -> Conflict:
    technician = {"id": str(head.technician)} if head.technician else None
    return Conflict(current={"status": str(head.status), "technician": technician})
