"""What a commit costs and what came of it, counted once a batch."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from chat.errors import Problem
from chat.log.entries import Entry, Result
from chat.metrics import figures
from chat.models import EventKind

Write = Callable[[list[Entry]], list[Result]]


class Measured:
    """The commits of one writer. `write` runs in its thread, `announced` on the event loop afterwards."""

    def __init__(self) -> None:
        self._committed_at = 0.0

    def write(self, write: Write, entries: list[Entry]) -> list[Result]:
        """As `write(entries)`. Raises what that raises."""
        began = time.perf_counter()
        results = write(entries)
        self._committed_at = time.perf_counter()
        figures.COMMIT.observe(self._committed_at - began)
        figures.BATCH.observe(len(entries))
        for result, number in Counter(map(_outcome, results)).items():
            figures.ENTRIES.labels(result).inc(number)
            if result in _SAID:
                figures.ACCEPTED.labels(result).inc(number)
        return results

    def announced(self, loop: asyncio.AbstractEventLoop) -> None:
        """Everything of the batch has been published.

        In the next turn of the loop the sockets' tasks send it, in the one after that it is written; then we look.
        """
        loop.call_soon(loop.call_soon, self._sent)

    def _sent(self) -> None:
        figures.DELIVERY.observe(time.perf_counter() - self._committed_at)


_SAID = {"message", "note"}


def _outcome(result: Result) -> str:
    if isinstance(result, Problem):
        return "unavailable" if result.status == 503 else "refused"
    if result.duplicate:
        return "repeated"
    if result.event is None or result.event.kind != EventKind.MESSAGE:
        return "act"
    return "note" if result.event.note else "message"
