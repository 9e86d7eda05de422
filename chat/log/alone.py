"""A message that comes alone, on PostgreSQL: one statement that is a transaction by itself.

Nearly every message continues a conversation that this process wrote to last, so what its row says is known already.
The rules are applied to that, and the statement stores what came of it, if the row still says so and the message does
not stand there yet. If it does not, nothing has happened, and the usual way is taken. So what is remembered may be
wrong: that costs a trip to the database, and nothing else (docs/decisions/0025-one-message-one-statement.md).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from copy import copy
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from chat.errors import Problem
from chat.log import held, sql
from chat.log.entries import Done, Entry, Head, Say
from chat.log.rules import drafts_of, numbered

#: Conversations whose rows are remembered, about a kilobyte each: those that were written to last.
MOST = 5_000

#: What was written last, by any thread of this process.
_heads: OrderedDict[UUID, Head] = OrderedDict()
#: Those that somebody else wrote to in between: for them it is not tried, until two of ours have followed each other.
_shared: set[UUID] = set()


def say(entry: Entry) -> Done | None:
    """Store a message in one statement; None when that cannot be done here, and nothing has happened.

    Outside of a transaction only. When this returns a Done, it is durable. Raises DatabaseError.
    """
    known = _heads.get(entry.conversation)
    if not isinstance(entry.act, Say) or entry.act.opening or connection.vendor != "postgresql":
        return None
    if known is None or known.id in _shared or held.among({known.id}):
        return None
    head, at = copy(known), entry.at or datetime.now(UTC)
    try:
        drafts = drafts_of(head, entry.author, entry.act, at)
    except Problem:
        return None  # refused by what stands there, not by what is remembered
    if len(drafts) != 1:
        return None
    event = numbered(head, entry.author, drafts[0], at)
    if not sql.store_alone(known, head, event):
        _heads.pop(head.id, None)
        return None
    remember([head])
    owners = {one for one in (known.technician, head.technician) if one}
    return Done(head, event=event, events=[event], owners=owners)


def remember(heads: Iterable[Head], found: dict[UUID, int] | None = None) -> None:
    """These have just been written, and committed. `found`: where their logs ended before, as far as it was read."""
    if connection.vendor != "postgresql":
        return
    for head in heads:
        if (was := (found or {}).get(head.id)) is not None:
            known = _heads.get(head.id)
            if known is not None and known.last_seq == was:
                _shared.discard(head.id)
            else:
                _shared.add(head.id)
        _heads.pop(head.id, None)  # to the end
        _heads[head.id] = head
    while len(_heads) > MOST:
        _shared.discard(_heads.popitem(last=False)[0])
