"""The log from threads: HTTP views, admin, commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from django.db import transaction

from chat.errors import Problem, Unavailable
from chat.log import writer
from chat.log.announce import announce
from chat.log.append import append
from chat.log.entries import Done, Entry

#: Seconds a thread waits for the writer before it says "try again".
PATIENCE = 15.0


def store(entry: Entry) -> Done:
    """Write one entry from a thread that has no event loop.

    Goes through the process's writer where one runs (so that sockets hear of it at once); else writes by itself,
    and other processes learn of it by their sweep. Raises the entry's Problem, or Unavailable.
    """
    running = writer.running()
    if running is None:
        result = append([entry])[0]
        if isinstance(result, Problem):
            raise result
        return result
    try:
        return asyncio.run_coroutine_threadsafe(running.store(entry), running.loop).result(PATIENCE)
    except TimeoutError:
        raise Unavailable() from None


def store_within(entry: Entry) -> Done:
    """Write one entry inside the caller's transaction, and announce it once that has committed.

    Raises the entry's Problem; the caller's transaction then rolls back.
    """
    result = append([entry])[0]
    if isinstance(result, Problem):
        raise result

    async def tell() -> None:
        announce(result)

    transaction.on_commit(lambda: call_on_loop(tell))
    return result


def call_on_loop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Have the process's event loop do `work` soon, where one runs; a notice nobody hears is not needed."""
    running = writer.running()
    if running is not None:
        asyncio.run_coroutine_threadsafe(work(), running.loop)
