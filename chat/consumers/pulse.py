"""Once a second, what cannot be counted as it happens: how late the event loop is, what waits and how much."""

from __future__ import annotations

import asyncio
from typing import Any

from django.db import connections

from chat.consumers.outgoing import unsent
from chat.hub import hub
from chat.log import writer
from chat.metrics import figures

#: Seconds between two looks.
EVERY = 1.0

_loop: asyncio.AbstractEventLoop | None = None
#: What the hub had counted at the last look.
_frames: dict[str, int] = {}


def begin() -> None:
    """Look from now on, on the running event loop; once. A timer, which nobody has to end."""
    global _loop
    loop = asyncio.get_running_loop()
    if _loop is not loop:
        _loop = loop
        _frames.clear()
        loop.call_later(EVERY, _beat, loop, loop.time() + EVERY)


def _beat(loop: asyncio.AbstractEventLoop, due: float) -> None:
    if _loop is not loop:
        return
    now = loop.time()
    figures.LAG.observe(max(0.0, now - due))
    loop.call_later(EVERY, _beat, loop, now + EVERY)
    _look_at_sockets()
    _look_at_hub()
    _look_at_database()


def _look_at_sockets() -> None:
    sizes = unsent()
    figures.OUTBOX.set(sum(sizes))
    figures.OUTBOX_LARGEST.set(max(sizes, default=0))
    running = writer.running()
    figures.LOG_WAITING.set(running.waiting if running is not None else 0)


def _look_at_hub() -> None:
    here = hub.current()
    figures.TOPICS.set(here.topics)
    bus = here.bus
    if bus is None:
        return
    counted = {"published": bus.published, "dropped": bus.dropped, "heard": bus.heard}
    for what, number in counted.items():
        if number > _frames.get(what, 0):
            figures.FRAMES.labels(what).inc(number - _frames.get(what, 0))
        _frames[what] = number
    figures.HUB_WAITING.set(bus.waiting)
    figures.HUB_UP.labels("redis").set(bus.hears_itself())
    bus.beat()


def _look_at_database() -> None:
    wrapper: Any = type(connections["default"])
    pool = getattr(wrapper, "_connection_pools", {}).get("default")
    if pool is None:  # SQLite has none, and nobody may have asked anything yet
        return
    counted = pool.get_stats()
    idle = counted.get("pool_available", 0)
    figures.POOL.labels("idle").set(idle)
    figures.POOL.labels("used").set(counted.get("pool_size", 0) - idle)
    figures.POOL_WAITING.set(counted.get("requests_waiting", 0))
