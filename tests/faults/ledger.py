"""What the database itself holds of conversations, read past the server."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass

import psycopg

from tests.support.installation import Installation

EVENTS = "SELECT conversation_id, seq, customer_seq, kind, client_id, text FROM chat_event ORDER BY conversation_id, seq"
HEADS = "SELECT id, last_seq, customer_last_seq FROM chat_conversation"


@dataclass(frozen=True, slots=True)
class Row:
    """One stored event."""

    seq: int
    customer_seq: int | None
    kind: str
    client_id: str | None
    text: str


@dataclass(slots=True)
class Ledger:
    """One conversation: its rows in order of their numbers, and the heads that the conversation claims."""

    rows: list[Row]
    last_seq: int
    customer_last_seq: int

    def messages(self, *, for_customer: bool) -> list[tuple[str, str]]:
        """`(client_id, text)` of the messages that an audience may see, in its order."""
        rows = [row for row in self.rows if row.client_id and (row.customer_seq or not for_customer)]
        return [(row.client_id or "", row.text) for row in rows]

    def holes(self) -> int:
        """Numbers missing, or there twice, in either numbering, or beyond the head."""
        own = [row.seq for row in self.rows]
        customers = sorted(row.customer_seq for row in self.rows if row.customer_seq)
        wanted = (range(1, self.last_seq + 1), range(1, self.customer_last_seq + 1))
        return sum(
            len(set(want) ^ set(have)) + len(have) - len(set(have))
            for want, have in zip(wanted, (own, customers), strict=True)
        )


def read_ledgers(installation: Installation) -> dict[str, Ledger]:
    """Every conversation in the installation's database, by id, all of one moment: somebody may still be writing."""
    if installation.database_url:
        with psycopg.connect(installation.database_url) as postgresql:
            postgresql.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            events, heads = postgresql.execute(EVENTS).fetchall(), postgresql.execute(HEADS).fetchall()
    else:
        with closing(sqlite3.connect(f"file:{installation.sqlite}?mode=ro", uri=True)) as sqlite:
            sqlite.execute("BEGIN")
            events, heads = sqlite.execute(EVENTS).fetchall(), sqlite.execute(HEADS).fetchall()
    ledgers = {_id(key): Ledger([], last, customers) for key, last, customers in heads}
    for key, *row in events:
        ledgers[_id(key)].rows.append(Row(*row))
    return ledgers


def _id(value: object) -> str:
    return str(uuid.UUID(str(value)))
