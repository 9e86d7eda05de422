"""How a conversation begins: the visitor becomes a customer, the conversation gets its case code and snapshot."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from uuid_utils.compat import uuid7

from chat.errors import Invalid
from chat.log.entries import Author, Entry, Head, Say, Stored
from chat.models import AuthorKind, Conversation, Environment, Event, Status
from customers.inserted import insert
from customers.prepared import first, prepared

#: Read aloud on the telephone without doubt: no 0/O, 1/I/L, U/V, 5/S, 8/B, 2/Z.
LETTERS = "ACDEFGHJKMNPQRTWXY34679"


@dataclass(slots=True)
class Opened:
    """A conversation begun, or found: `first` is its first message when that is stored already."""

    head: Head
    author: Author
    first: Stored | None
    device: UUID | None
    device_token: str | None


def open_conversation(entry: Entry, say: Say, at: datetime) -> Opened:
    """Begin the conversation that `entry` asks for, or find the one that the same `client_id` began.

    Runs inside the transaction of the batch. Raises Invalid when the entry has no opening.
    """
    if say.opening is None:
        raise Invalid()
    arrived = say.opening.arrive(at)
    author = Author(AuthorKind.CUSTOMER, arrived.customer, arrived.name)
    known: Conversation | None
    known = first(_begun(customer=arrived.customer, client_id=say.client_id))
    if known is not None:
        token = arrived.device_token or (arrived.renew() if arrived.renew else None)
        return Opened(_head_of(known), author, _first_of(known), arrived.device, token)
    conversation = Conversation(
        id=uuid7(),
        inbox_id=say.opening.inbox,
        customer_id=arrived.customer,
        case_code=_new_case_code(),
        subject=say.opening.subject,
        status=Status.WAITING,
        start_client_id=say.client_id,
        opened_at=at,
        waiting_since=at,
    )
    insert(conversation)
    insert(Environment(conversation=conversation, **say.opening.environment))
    return Opened(_head_of(conversation), author, None, arrived.device, arrived.device_token)


def _new_case_code() -> str:
    while True:
        letters = "".join(secrets.choice(LETTERS) for _ in range(6))
        code = f"{letters[:3]}-{letters[3:]}"
        if not _coded(code=code):
            return code


@prepared
def _begun(customer: UUID, client_id: str) -> QuerySet[Conversation, Conversation]:
    return Conversation.objects.filter(customer_id=customer, start_client_id=client_id)


@prepared
def _coded(code: str) -> QuerySet[Conversation, Any]:
    return Conversation.objects.filter(case_code=code).values_list("id")


def _head_of(c: Conversation) -> Head:
    return Head(
        c.id,
        c.inbox_id,
        c.customer_id,
        c.status,
        c.technician_id,
        c.team_id,
        c.waiting_since,
        c.claimed_at,
        c.replied_at,
        c.resolved_at,
        c.last_seq,
        c.customer_last_seq,
        c.urgent,
    )


def _first_of(conversation: Conversation) -> Stored | None:
    """None when it began in this very batch, whose events are written at its end."""
    e = Event.objects.filter(conversation=conversation, seq=1).first()
    if e is None:
        return None
    return Stored(
        e.id,
        conversation.id,
        e.seq,
        e.customer_seq,
        e.kind,
        e.at,
        e.author_kind,
        e.author,
        e.author_name,
        e.client_id,
        e.note,
        e.text,
        e.body,
    )
