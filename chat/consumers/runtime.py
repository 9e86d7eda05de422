"""What runs once a process beside its sockets: heartbeats, sweeps, the queue's board, presence, access."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from chat import draining
from chat.consumers.beats import Beats
from chat.consumers.epoch import RESTORED, Epochs
from chat.consumers.heads import Heads
from chat.consumers.leaving import part
from chat.consumers.line import Line
from chat.consumers.origins import Origins
from chat.consumers.panels import Panels
from chat.consumers.presence import Presences
from chat.errors import Unavailable
from chat.hub import hub
from chat.log import writer
from chat.log.announce import listeners
from chat.metrics import figures
from chat.queue.board import Board
from chat.wire import encode, time_text

if TYPE_CHECKING:
    from chat.consumers.base import Socket

#: By how much upkeep that takes long may become rarer than it should be.
MOST_RARELY = 5.0
#: Customers let in at the same time, for each thread that reads the database: enough to keep it busy.
AT_ONCE = 2

logger = logging.getLogger(__name__)


class Runtime:
    """The sockets of this process and the tasks that look after them. Starts with the first socket."""

    def __init__(self) -> None:
        self._sockets: dict[type[Socket], set[Socket]] = {}
        self._beats = Beats()
        self.heads = Heads()
        self.line = Line(AT_ONCE * settings.RAPPORT["DATABASE_THREADS"])
        self.epochs = Epochs()
        self.origins = Origins()
        self.board = Board()
        self.presences = Presences()
        self.panels = Panels()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def sockets(self) -> list[Socket]:
        """All that are looked after."""
        return [one for some in self._sockets.values() for one in some]

    def add(self, socket: Socket) -> None:
        """Look after `socket` until it is removed."""
        self.start()
        self._sockets.setdefault(type(socket), set()).add(socket)
        self._beats.add(socket, asyncio.get_running_loop().time())

    def remove(self, socket: Socket) -> None:
        """Look after it no longer; fine when it never was."""
        self._sockets.get(type(socket), set()).discard(socket)
        self._beats.remove(socket)

    def start(self) -> None:
        """Begin the loops; once."""
        if self._tasks:
            return
        listeners[:] = [self.board.note, self.presences.note, self.panels.note]
        sweep = settings.RAPPORT["SWEEP"]
        self._tasks = [
            _every("heartbeats", self._beats.every, self._beat),
            _every("heads", sweep, self._sweep),
            _every("queue", sweep, self.board.sweep),
            _every("rows", 0.1, self.board.flush, self.board.changed, share=0.2),
            _every("panels", 0.3, self.panels.flush, self.panels.changed, share=0.2),
            _every("positions", 1.0, self.board.tell_positions, share=0.05),
            _every("presence", sweep, self.presences.look),
            _every("access", 1.0, self._check_access),
        ]

    async def drain(self) -> None:
        """Take no new work and part with every socket; whatever else is asked is still answered."""
        draining.begin()
        elsewhere = await hub.current().withdraw()
        await part(self.sockets, elsewhere=elsewhere)

    async def stop(self) -> None:
        """End: drain, commit what waits, then end the loops."""
        await self.drain()
        running = writer.running()
        if running is not None:
            await running.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await hub.current().close()

    async def _sweep(self) -> None:
        # In this order: a sweep compares with what was announced, which means nothing in another epoch.
        if stale := await self.epochs.look(self.sockets, self.heads):
            keep(asyncio.ensure_future(part(stale, RESTORED)))
        await self.heads.sweep()

    async def _check_access(self) -> None:
        """Access that has ended ends on open sockets too: one look for all sockets of a kind."""
        for kind, sockets in self._sockets.items():
            if sockets:
                await kind.check_access(sockets)

    async def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        frame: dict[str, Any] = {
            "type": "heartbeat",
            "heads": {},
            "server_time": time_text(datetime.now(UTC)),
        }
        bare = encode(frame)  # what most get: those who only look, and those whose conversations are over
        for socket in self._beats.take(now):
            self._beats.add(socket, now)
            heads = socket.heads(self.heads)
            socket.send_text(encode({**frame, "heads": heads}) if heads else bare)


def _every(
    name: str,
    seconds: float,
    work: Callable[[], Awaitable[None]],
    changed: asyncio.Event | None = None,
    share: float = 1.0,
) -> asyncio.Task[None]:
    """Do it again and again; with `changed` only when that is set, so that silence costs nothing.

    Less often when it takes long: see `rest_after`. What piles up meanwhile is done at once.
    """
    took, now = figures.UPKEEP.labels(name), asyncio.get_running_loop().time

    async def run() -> None:
        rest = seconds
        while True:
            if changed is not None:
                await changed.wait()
            await asyncio.sleep(rest)
            if changed is not None:
                changed.clear()
            began, rest = now(), seconds
            try:
                with took.time():
                    await work()
                rest = rest_after(seconds, now() - began, share)
            except Unavailable:
                logger.warning("The database is away; %s will be looked at again", name)
            except Exception:
                logger.exception("Looking after %s failed", name)

    return asyncio.create_task(run(), name=name)


def rest_after(seconds: float, took: float, share: float) -> float:
    """Seconds until work that took `took` is done again: `seconds`, or so many more that it takes `share` of the time.

    At most MOST_RARELY as many: it has to be done all the same.
    """
    return min(seconds * MOST_RARELY, max(seconds, took * (1 / share - 1)))


_kept: set[asyncio.Future[None]] = set()


def keep(task: asyncio.Future[None]) -> None:
    """Hold a task until it is done; the loop itself would let it be collected half-way."""
    _kept.add(task)
    task.add_done_callback(_kept.discard)


_runtimes: dict[int, Runtime] = {}


def current() -> Runtime:
    """The runtime of the running event loop."""
    loop = asyncio.get_running_loop()
    runtime = _runtimes.get(id(loop))
    if runtime is None:
        _runtimes.clear()
        runtime = _runtimes[id(loop)] = Runtime()
    return runtime


async def stop() -> None:
    """End everything in good order: nothing accepted is lost, and nothing is left running."""
    await current().stop()
