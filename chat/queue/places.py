"""Who stands where in the queue. Counted by the database: of ten thousand who wait, few are connected here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import connection

#: Positions are told to this many at most; nobody is helped by being number 20,000.
MOST_PLACED = 20_000
#: Rows taken at once. While the rows of one lot become objects no other thread of the process gets on.
LOT = 500

#: By hand: Django would look for these customers first, and count only them.
_NUMBERED = (
    "SELECT id, customer_id, position FROM (SELECT id, customer_id, ROW_NUMBER() OVER"
    " (PARTITION BY inbox_id ORDER BY urgent DESC, waiting_since, id) AS position FROM"
    " (SELECT id, customer_id, inbox_id, urgent, waiting_since FROM chat_conversation WHERE status = 'waiting'"
    " ORDER BY urgent DESC, waiting_since, id LIMIT %s) waiting) numbered WHERE customer_id"
)
_AMONG = {"postgresql": " = ANY(%s)", "sqlite": " IN (SELECT value FROM json_each(%s))"}


def places_of(customers: Iterable[UUID]) -> Iterator[tuple[UUID, UUID, int]]:
    """(conversation, customer, position in its inbox) of what these customers wait for. One query."""
    wanted = list(customers)
    with connection.cursor() as cursor:
        listed = wanted if connection.vendor == "postgresql" else json.dumps([one.hex for one in wanted])
        cursor.execute(_NUMBERED + _AMONG[connection.vendor], [MOST_PLACED, listed])
        while lot := cursor.fetchmany(LOT):
            for conversation, customer, position in lot:
                yield _uuid(conversation), _uuid(customer), position


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
