"""How long a thread lets the database keep it waiting: whoever asked must hear of it while they still listen.

A database that is gone says so at once. One that is frozen, or behind a network that swallows everything, says
nothing, and the connection to it stays open for ever: only the side that waits can end that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds for one piece of work on behalf of somebody who waits, all its statements and its wait for a connection
#: together. A sender is to be told within three seconds.
PATIENCE = 2.5

_own = threading.local()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Within this block the database may keep this thread waiting for so many seconds in all.

    Nested, the shorter of the two holds. Without it there is no limit: migrations and commands take their time.
    """
    before: float | None = getattr(_own, "until", None)
    until = time.monotonic() + seconds
    _own.until = until if before is None else min(until, before)
    try:
        yield
    finally:
        _own.until = before


def left() -> float | None:
    """Seconds that are left to this thread, 0 when they are over; None: no limit."""
    until: float | None = getattr(_own, "until", None)
    return None if until is None else max(0.0, until - time.monotonic())
