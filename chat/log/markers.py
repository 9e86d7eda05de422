"""How far each side has read, in both numberings of a log."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from chat.log.sql import as_bound
from customers.prepared import kept_cursor


def advance(rows: Sequence[tuple[UUID, str, UUID, int, int]]) -> None:
    """Move read markers (conversation, kind, reader, seq, customer_seq) forward, never back."""
    if not rows:
        return
    greater = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO chat_readmarker (conversation_id, reader_kind, reader, seq, customer_seq)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (conversation_id, reader_kind, reader) DO UPDATE SET"
            f" seq = {greater}(chat_readmarker.seq, excluded.seq),"
            f" customer_seq = {greater}(chat_readmarker.customer_seq, excluded.customer_seq)",
            [(as_bound(row[0]), row[1], as_bound(row[2]), row[3], row[4]) for row in rows],
        )


def marker(conversation: UUID, kind: str, reader: UUID) -> int:
    """How far this reader is known to have read, in the technicians' numbering."""
    with kept_cursor() as cursor:
        cursor.execute(
            "SELECT seq FROM chat_readmarker WHERE conversation_id = %s AND reader_kind = %s AND reader = %s",
            [as_bound(conversation), kind, as_bound(reader)],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def other_numbering(conversation: UUID, seq: int, *, of_customer: bool) -> tuple[int, int] | None:
    """(seq, customer_seq) of the place `seq` in one audience's numbering; None when there is no such place.

    For a technician's `seq` on a note, customer_seq is that of the last event before it that customers see.
    """
    with kept_cursor() as cursor:
        if of_customer:
            cursor.execute(
                "SELECT seq, customer_seq FROM chat_event WHERE conversation_id = %s AND customer_seq = %s",
                [as_bound(conversation), seq],
            )
        else:
            cursor.execute(
                "SELECT seq, (SELECT e.customer_seq FROM chat_event e"
                " WHERE e.conversation_id = chat_event.conversation_id AND e.seq <= chat_event.seq"
                " AND e.customer_seq IS NOT NULL ORDER BY e.seq DESC LIMIT 1)"
                " FROM chat_event WHERE conversation_id = %s AND seq = %s",
                [as_bound(conversation), seq],
            )
        row = cursor.fetchone()
    return (row[0], row[1] or 0) if row else None
