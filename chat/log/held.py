"""Conversations that somebody else holds locked: waited for once, not by every batch that has a line for them.

A batch waits for a lock as long as PostgreSQL's lock_timeout says, and everybody in it waits along. Whoever is told to
try again comes back every second, as long as the lock lasts: the second time nobody waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Set
from uuid import UUID

#: Seconds without a line for it after which a conversation is waited for again.
REMEMBERED = 10.0

_until: dict[UUID, float] = {}


def among(conversations: Set[UUID]) -> set[UUID]:
    """Those that were found locked a short while ago, by any thread of this process."""
    now = time.monotonic()
    return {one for one in conversations if _until.get(one, 0.0) > now}


def note(*, locked: Iterable[UUID], free: Iterable[UUID]) -> None:
    """Remember what was found."""
    for one in free:
        _until.pop(one, None)
    now = time.monotonic()
    found = dict.fromkeys(locked, now + REMEMBERED)
    if found:
        for one in [one for one, until in _until.copy().items() if until < now]:
            _until.pop(one, None)
        _until.update(found)
