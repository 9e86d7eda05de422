"""Reading the database from sockets: a bounded pool of threads of our own.

Channels' own helper runs all calls of all sockets on one thread, so that one slow query delays everybody.
"""

from __future__ import annotations

import asyncio
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

_pool: ThreadPoolExecutor | None = None


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
    except (OperationalError, InterfaceError):
        connection.close()
        raise Unavailable() from None
    finally:
        # A pooled connection goes back after each use; a SQLite file stays open, opening is what costs there.
        if connection.vendor == "postgresql":
            connection.close()


def _before(until: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    left = until - time.monotonic()
    if left <= 0:
        raise Unavailable(retry_after=1.0)
    with at_most(left):
        return run_tidily(work, *args, **kwargs)
