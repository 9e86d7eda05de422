"""What runs once a process beside its sockets: heartbeats, sweeps, the queue's board, presence, access."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings

from chat import draining
from chat.consumers.heads import Heads
from chat.consumers.panels import Panels
from chat.consumers.presence import Presences
from chat.errors import Unavailable
from chat.hub import hub
from chat.log import writer
from chat.log.announce import listeners
from chat.queue.board import Board
from chat.wire import time_text

if TYPE_CHECKING:
    from chat.consumers.base import Socket

logger = logging.getLogger(__name__)

RESTARTING = 1012


class Runtime:
    """The sockets of this process and the tasks that look after them. Starts with the first socket."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.heads = Heads()
        self.board = Board()
        self.presences = Presences()
        self.panels = Panels()
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, socket: Socket) -> None:
        """Look after `socket` until it is discarded from `sockets`."""
        self.start()
        self.sockets.add(socket)
        socket.beat_at = asyncio.get_running_loop().time() + _beat()

    def start(self) -> None:
        """Begin the loops; once."""
        if self._tasks:
            return
        listeners[:] = [self.board.note, self.presences.note, self.panels.note]
        sweep = settings.RAPPORT["SWEEP"]
        self._tasks = [
            _every("heartbeats", min(1.0, settings.RAPPORT["HEARTBEAT"] / 5), self._beat),
            _every("heads", sweep, self.heads.sweep),
            _every("queue", sweep, self.board.sweep),
            _every("rows", 0.1, self.board.flush),
            _every("panels", 0.3, self.panels.flush),
            _every("positions", 1.0, self.board.tell_positions),
            _every("presence", sweep, self.presences.look),
            _every("access", 1.0, self._check_access),
        ]

    async def stop(self) -> None:
        """Say goodbye, commit what waits, close the sockets with 1012, then end the loops."""
        draining.begin()
        for socket in tuple(self.sockets):
            spread = random.uniform(0.2, 2.0)  # noqa: S311  (so that not all come back at once)
            socket.tell({"type": "goodbye", "reason": "restarting", "retry_after": round(spread, 2)})
        running = writer.running()
        if running is not None:
            await running.close()
        for socket in tuple(self.sockets):
            socket.end(RESTARTING)
        if self.sockets:
            await asyncio.sleep(0.3)  # the close frames leave before the connections do
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if (bus := hub.current().bus) is not None:
            await bus.close()

    async def _check_access(self) -> None:
        """Access that has ended ends on open sockets too: one look for all sockets of a kind."""
        for kind in {type(socket) for socket in self.sockets}:
            await kind.check_access([socket for socket in self.sockets if type(socket) is kind])

    async def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        server_time = time_text(datetime.now(UTC))
        for socket in tuple(self.sockets):
            if socket.beat_at <= now:
                socket.beat_at = now + _beat()
                socket.tell(
                    {"type": "heartbeat", "heads": socket.heads(self.heads), "server_time": server_time}
                )


def _beat() -> float:
    """Seconds to the next heartbeat: ±20 %, so that many sockets opened at once do not beat at once."""
    beat: float = settings.RAPPORT["HEARTBEAT"]
    return beat * random.uniform(0.8, 1.2)  # noqa: S311  (spreads load, guards nothing)


def _every(name: str, seconds: float, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    async def run() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Unavailable:
                logger.warning("The database is away; %s will be looked at again", name)
            except Exception:
                logger.exception("Looking after %s failed", name)

    return asyncio.create_task(run(), name=name)


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
