"""The few statements of a batch, whatever its size. Raw, because they are the hot path: five for any number of
messages, where the ORM would build and bind an object for each.

A batch of one has texts of its own for PostgreSQL, which keeps their plans: a message that comes alone waits for
nothing but its own transaction (docs/decisions/0023-a-message-alone.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from chat.log.entries import Head, Stored
from customers.prepared import kept_cursor

HEAD = (
    "id, inbox_id, customer_id, status, technician_id, team_id, waiting_since, claimed_at, replied_at,"
    " resolved_at, last_seq, customer_last_seq, urgent"
)
EVENT = (
    "id, conversation_id, seq, customer_seq, kind, at, author_kind, author, author_name, client_id, note,"
    " text, body"
)

_SAVE = (
    "UPDATE chat_conversation SET status = %s, technician_id = %s, waiting_since = %s, claimed_at = %s,"
    " replied_at = %s, resolved_at = %s, last_seq = %s, customer_last_seq = %s, urgent = %s WHERE id = %s"
)

#: What makes two messages the same: (conversation, author, client_id).
_SENT = "client_id IS NOT NULL AND conversation_id = %s AND author = %s AND client_id = %s"

_ALONE = (
    f"WITH head AS ({_SAVE} AND ({HEAD}) IS NOT DISTINCT FROM ({', '.join(['%s'] * 13)})"
    f" AND NOT EXISTS (SELECT FROM chat_event WHERE {_SENT}) RETURNING id)"
    f" INSERT INTO chat_event ({EVENT}) SELECT %s::uuid, %s::uuid, %s::int, %s::int, %s::text, %s::timestamptz,"
    " %s::text, %s::uuid, %s::text, %s::text, %s::bool, %s::text, %s::jsonb FROM head"
)


def lock_heads(ids: Iterable[UUID], *, skip_locked: bool = False) -> dict[UUID, Head]:
    """Lock the conversations' rows, in id order so that two batches never wait for each other in a ring.

    `skip_locked` passes over those that somebody else holds.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    with _cursor(wanted) as cursor:
        if connection.vendor == "postgresql":
            mode = "FOR UPDATE SKIP LOCKED" if skip_locked else "FOR UPDATE"
            which, given = (
                ("id = %s", wanted[0]) if len(wanted) == 1 else ("id = ANY(%s) ORDER BY id", wanted)
            )
            cursor.execute(f"SELECT {HEAD} FROM chat_conversation WHERE {which} {mode}", [given])
        else:  # SQLite: the IMMEDIATE transaction is the lock
            marks = ",".join(["%s"] * len(wanted))
            cursor.execute(
                f"SELECT {HEAD} FROM chat_conversation WHERE id IN ({marks})", [one.hex for one in wanted]
            )
        return {head.id: head for head in (_head(row) for row in cursor.fetchall())}


def find_sent(keys: Sequence[tuple[UUID, UUID | None, str]]) -> dict[tuple[UUID, UUID | None, str], Stored]:
    """The messages that already stand under these (conversation, author, client_id)."""
    if not keys:
        return {}
    with _cursor(keys) as cursor:
        if connection.vendor == "postgresql" and len(keys) == 1:
            cursor.execute(
                f"SELECT {EVENT} FROM chat_event WHERE {_SENT}",
                keys[0],
            )
        elif connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT {EVENT} FROM chat_event WHERE client_id IS NOT NULL AND (conversation_id, author, client_id)"
                " IN (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[]))",
                [[k[0] for k in keys], [k[1] for k in keys], [k[2] for k in keys]],
            )
        else:
            marks = ",".join(["(%s,%s,%s)"] * len(keys))
            cursor.execute(
                f"SELECT {EVENT} FROM chat_event WHERE client_id IS NOT NULL AND (conversation_id, author, client_id)"
                f" IN (VALUES {marks})",
                [part for k in keys for part in (k[0].hex, k[1].hex if k[1] else None, k[2])],
            )
        found = [stored(row) for row in cursor.fetchall()]
    return {(one.conversation, one.author, one.client_id or ""): one for one in found}


def insert_events(events: Sequence[Stored]) -> None:
    """Write the events. Their numbers are allotted under the heads' locks, so no constraint can fail."""
    if not events:
        return
    marks = ",".join(["%s"] * 13)
    with _cursor(events) as cursor:
        if connection.vendor == "postgresql" and len(events) == 1:
            cursor.execute(f"INSERT INTO chat_event ({EVENT}) VALUES ({marks})", _event_row(events[0]))
        elif connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO chat_event ({EVENT}) SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::int[],"
                " %s::text[], %s::timestamptz[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::bool[],"
                " %s::text[], %s::jsonb[])",
                [list(column) for column in zip(*map(_event_row, events), strict=True)],
            )
        else:
            cursor.executemany(
                f"INSERT INTO chat_event ({EVENT}) VALUES ({marks})",
                [_event_row_lite(event) for event in events],
            )


def save_heads(heads: Sequence[Head]) -> None:
    """Write the heads back as the rules left them."""
    if not heads:
        return
    with _cursor(heads) as cursor:
        if connection.vendor == "postgresql" and len(heads) == 1:
            cursor.execute(_SAVE, [*_head_row(heads[0])[1:], heads[0].id])
        elif connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE chat_conversation c SET status = v.status, technician_id = v.technician,"
                " waiting_since = v.waiting, claimed_at = v.claimed, replied_at = v.replied, resolved_at = v.resolved,"
                " last_seq = v.seq, customer_last_seq = v.customer_seq, urgent = v.urgent"
                " FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[], %s::timestamptz[],"
                " %s::timestamptz[], %s::timestamptz[], %s::int[], %s::int[], %s::bool[])"
                " AS v(id, status, technician, waiting, claimed, replied, resolved, seq, customer_seq, urgent)"
                " WHERE c.id = v.id",
                [list(column) for column in zip(*map(_head_row, heads), strict=True)],
            )
        else:
            cursor.executemany(_SAVE, [_head_row_lite(head) for head in heads])


def store_alone(known: Head, head: Head, event: Stored) -> bool:
    """Write one message and the head it leaves, if the row still is as `known`; False when nothing was written.

    A row that somebody holds locked is waited for, and looked at again then: whoever held it may have changed it.
    PostgreSQL only.
    """
    times = (known.waiting_since, known.claimed_at, known.replied_at, known.resolved_at)
    whose = (known.id, known.inbox, known.customer, str(known.status), known.technician, known.team)
    was = (*whose, *times, known.last_seq, known.customer_last_seq, known.urgent)
    sent = (event.conversation, event.author, event.client_id)
    with kept_cursor() as cursor:
        cursor.execute(_ALONE, [*_head_row(head)[1:], head.id, *was, *sent, *_event_row(event)])
        return bool(cursor.rowcount)


def end_assignments(conversation: UUID, at: datetime) -> None:
    """Nobody has this conversation any more, from `at` on."""
    with kept_cursor() as cursor:
        cursor.execute(
            "UPDATE chat_assignment SET ended_at = %s WHERE conversation_id = %s AND ended_at IS NULL",
            [at if connection.vendor == "postgresql" else _naive(at), as_bound(conversation)],
        )


def stored(row: Sequence[Any]) -> Stored:
    """A row of the EVENT columns as a Stored."""
    return Stored(
        _as_uuid(row[0]),
        _as_uuid(row[1]),
        row[2],
        row[3],
        row[4],
        _as_time(row[5]),
        row[6],
        _maybe_uuid(row[7]),
        row[8],
        row[9],
        bool(row[10]),
        row[11],
        json.loads(row[12]) if isinstance(row[12], str) else row[12],
    )


def _head(row: Sequence[Any]) -> Head:
    times = [None if value is None else _as_time(value) for value in row[6:10]]
    return Head(
        _as_uuid(row[0]),
        _as_uuid(row[1]),
        _as_uuid(row[2]),
        row[3],
        _maybe_uuid(row[4]),
        _maybe_uuid(row[5]),
        times[0],
        times[1],
        times[2],
        times[3],
        row[10],
        row[11],
        bool(row[12]),
    )


def _event_row(e: Stored) -> tuple[Any, ...]:
    body = None if e.body is None else json.dumps(e.body)
    return (
        *(e.id, e.conversation, e.seq, e.customer_seq, e.kind, e.at, e.author_kind, e.author, e.author_name),
        *(e.client_id, e.note, e.text, body),
    )


def _event_row_lite(e: Stored) -> tuple[Any, ...]:
    author = e.author.hex if e.author else None
    body = None if e.body is None else json.dumps(e.body)
    return (
        *(e.id.hex, e.conversation.hex, e.seq, e.customer_seq, e.kind, _naive(e.at), e.author_kind, author),
        *(e.author_name, e.client_id, e.note, e.text, body),
    )


def _head_row(h: Head) -> tuple[Any, ...]:
    return (
        *(h.id, str(h.status), h.technician, h.waiting_since, h.claimed_at, h.replied_at, h.resolved_at),
        *(h.last_seq, h.customer_last_seq, h.urgent),
    )


def _head_row_lite(h: Head) -> tuple[Any, ...]:
    times = [_naive(t) if t else None for t in (h.waiting_since, h.claimed_at, h.replied_at, h.resolved_at)]
    technician = h.technician.hex if h.technician else None
    return (str(h.status), technician, *times, h.last_seq, h.customer_last_seq, h.urgent, h.id.hex)


def _cursor(rows: Sequence[Any]) -> Any:
    """For one row a cursor whose plans are kept; a plan for lists of any length would be a bad one."""
    return kept_cursor() if len(rows) == 1 else connection.cursor()


def as_bound(value: UUID) -> UUID | str:
    """As the database is given it."""
    return value if connection.vendor == "postgresql" else value.hex


def _as_uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _maybe_uuid(value: UUID | str | None) -> UUID | None:
    return None if value is None else _as_uuid(value)


def _naive(at: datetime) -> str:
    """How Django itself writes times into SQLite."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _as_time(value: datetime | str) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
