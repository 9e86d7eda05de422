"""Reading the database from sockets: a bounded pool of threads of our own.

Channels' own helper runs all calls of all sockets on one thread, so that one slow query delays everybody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from chat.errors import Unavailable
from chat.patience import PATIENCE, at_most

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Seconds after a line about a database that says no in which there is no other: all who ask hear the same then.
REST = 5.0

_pool: ThreadPoolExecutor | None = None
_quiet_until = 0.0
_untold = 0


def note_refusal(error: Exception | None) -> None:
    """Write down why something could not be asked of the database: whoever asked is only told to try again.

    `error`: what it said; None: no thread was free in time.
    """
    global _quiet_until, _untold
    now = time.monotonic()
    if now < _quiet_until:
        _untold += 1  # two threads at once may lose one: it is to show whether they are few or many
        return
    _quiet_until, untold, _untold = now + REST, _untold, 0
    words = "The database did not do it" if error else "No thread was free to ask the database"
    logger.warning("%s; others since the last such line: %d", words, untold, exc_info=error)


async def in_database(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a database thread and give its result.

    Raises Unavailable when the database is away, or has said nothing for PATIENCE seconds. That includes the wait for
    a thread: what has queued up behind a frozen database is not tried against it one after another.
    """
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(int(settings.RAPPORT["DATABASE_THREADS"]), thread_name_prefix="database")
    until = time.monotonic() + PATIENCE
    return await asyncio.get_running_loop().run_in_executor(
        _pool, partial(_before, until, work, *args, **kwargs)
    )


def run_tidily(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do `work` in this thread and leave its connection in order.

    Raises Unavailable when the database is away, or has said nothing for PATIENCE seconds.
    """
    try:
        with at_most(PATIENCE):
            return work(*args, **kwargs)
    except (OperationalError, InterfaceError) as error:
        note_refusal(error)
        connection.close()
        raise Unavailable() from None
    finally:
        # A pooled connection goes back after each use; a SQLite file stays open, opening is what costs there.
        if connection.vendor == "postgresql":
            connection.close()


def _before(until: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    left = until - time.monotonic()
    if left <= 0:
        note_refusal(None)
        raise Unavailable(retry_after=1.0)
    with at_most(left):
        return run_tidily(work, *args, **kwargs)
