"""Group commit: while one batch is on its way to the disk, entries from all sockets gather for the next.

There is no lingering: a lone entry is committed at once, and batches form by themselves under load.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connection

from chat.database import in_database, run_tidily
from chat.errors import Problem, Unavailable
from chat.log.announce import announce
from chat.log.append import append
from chat.log.entries import Done, Entry, Result
from chat.log.measured import Measured
from chat.metrics import figures
from chat.patience import PATIENCE, at_most

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Entries in one transaction. More would hold the locks longer and gain little.
LARGEST_BATCH = 500
#: Entries that may wait. Beyond it the answer is "try again", not an ever longer queue.
MOST_WAITING = 10_000
#: Seconds after which a batch that came to nothing shows that the database is silent rather than gone.
SILENT = 1.0

Answer = Callable[[Result], None]


class Writer:
    """Takes entries on one event loop and commits them in batches in a thread of its own.

    Whatever the database does, an entry is answered within about PATIENCE seconds. An answer is given only after the
    commit, on the event loop, in the order of submission; then the events are announced.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Entry, Answer]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="log")
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="log writer")
        self.batches = 0
        self.entries = 0
        self._measured = Measured()

    @property
    def waiting(self) -> int:
        """Entries that wait for the next commit."""
        return len(self._waiting)

    def submit(self, entry: Entry, answer: Answer) -> None:
        """Have `entry` written; `answer` gets its Done or Problem once that is certain. Never waits."""
        if self._closing or len(self._waiting) >= MOST_WAITING:
            answer(Unavailable(retry_after=1.0))
            return
        self._waiting.append((entry, answer))
        self._idle.clear()
        self._wake.set()

    async def store(self, entry: Entry) -> Done:
        """Write `entry` and wait for it. Raises its Problem."""
        future: asyncio.Future[Result] = self.loop.create_future()

        def answer(result: Result) -> None:
            if not future.done():
                future.set_result(result)

        self.submit(entry, answer)
        result = await future
        if isinstance(result, Problem):
            raise result
        return result

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do another small write between two batches, in the same thread. Raises Unavailable."""
        return await self.loop.run_in_executor(self._executor, partial(run_tidily, work, *args, **kwargs))

    async def close(self) -> None:
        """Refuse what is new, commit what waits, then stop."""
        self._closing = True
        await self._idle.wait()
        self._task.cancel()
        self._executor.shutdown(wait=True)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_BATCH))]
                began = self.loop.time()
                results = await self._commit([entry for entry, _ in batch])
                silent = self.loop.time() - began > SILENT
                for (_, answer), result in zip(batch, results, strict=True):
                    self._tell(answer, result)
                self._measured.announced(self.loop)
                if silent and all(isinstance(result, Unavailable) for result in results):
                    self._give_up()
            self._idle.set()

    def _give_up(self) -> None:
        """Whoever came in meanwhile has waited for the same database: trying for them would take as long again."""
        waited = [answer for _, answer in self._waiting]
        self._waiting.clear()
        figures.ENTRIES.labels("unavailable").inc(len(waited))
        for answer in waited:
            self._tell(answer, Unavailable(retry_after=1.0))

    async def _commit(self, entries: list[Entry]) -> list[Result]:
        self.batches += 1
        self.entries += len(entries)
        try:
            return await self.loop.run_in_executor(self._executor, self._measured.write, _append, entries)
        except Exception:
            # A mistake of ours in one entry must not stop the log for the others: find it, leave a trace, go on.
            logger.exception("A batch of %d entries failed", len(entries))
            if len(entries) == 1:
                return [Unavailable()]
        return [(await self._commit([entry]))[0] for entry in entries]

    def _tell(self, answer: Answer, result: Result) -> None:
        try:
            answer(result)
            if isinstance(result, Done):
                announce(result)
        except Exception:
            logger.exception("An answer could not be given")


def _append(entries: list[Entry]) -> list[Result]:
    with at_most(PATIENCE):
        return append(entries)


async def write(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do a small write that is no part of a log: presence, availability, claims. Raises Unavailable.

    SQLite has one writer at a time and no fair queue: beside a busy log another connection would hardly ever get
    its turn. So there it is done in the log's own thread.
    """
    if connection.vendor == "postgresql":
        return await in_database(work, *args, **kwargs)
    return await current().run(work, *args, **kwargs)


_writers: dict[int, Writer] = {}


def current() -> Writer:
    """The writer of the running event loop, started at first use."""
    loop = asyncio.get_running_loop()
    writer = _writers.get(id(loop))
    if writer is None:
        _writers.clear()  # a process has one loop; only tests have one after another
        writer = _writers[id(loop)] = Writer()
    return writer


def running() -> Writer | None:
    """The writer of this process, from any thread; None in commands and plain tests."""
    for writer in list(_writers.values()):
        if writer.loop.is_running() and not writer._closing:
            return writer
    return None
