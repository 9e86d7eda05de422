"""A process that ends asks everybody to go elsewhere, one after the other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings

from chat.consumers.codes import RESTARTING

if TYPE_CHECKING:
    from chat.consumers.base import Socket

#: Connections closed in a second when others serve: as many come there, and opening one costs some milliseconds.
MOVED_A_SECOND = 100
#: The same when nobody else does. They come back to a process that is yet to start, each at a time of its own: so many
#: in a second, from RESTARTED seconds after the last is closed.
SENT_A_SECOND, BACK_A_SECOND = 1000, 200
RESTARTED = 2.0
TICK = 0.05  # seconds
#: What was taken is answered within this time, or its sender asks again elsewhere.
ANSWERED_WITHIN = 5.0


async def part(sockets: Collection[Socket], reason: str = "restarting", *, elsewhere: bool = True) -> None:
    """Say goodbye to all, then close them with 1012, spread over at most DRAIN_SECONDS.

    Until its turn each is served as ever. At its turn it is heard no more, gets the answers that it waits for, and then
    the close: what a client has not had an answer to it sends again, to another process (`elsewhere`: there is one) or
    to the next one here.
    """
    waiting = list(sockets)
    random.shuffle(waiting)
    pace = MOVED_A_SECOND if elsewhere else SENT_A_SECOND
    window = min(settings.RAPPORT["DRAIN_SECONDS"], max(1.0, len(waiting) / pace))
    for place, socket in enumerate(waiting):
        pause = random.uniform(0.2, 2.0)  # noqa: S311  (spreads load, guards nothing)
        if not elsewhere:
            pause = window * (1 - place / len(waiting)) + RESTARTED + place / BACK_A_SECOND
        socket.tell({"type": "goodbye", "reason": reason, "retry_after": round(pause, 2)})
    step = max(1, round(len(waiting) * TICK / max(window, TICK)))
    gone: list[asyncio.Task[None]] = []
    while waiting:
        turn, waiting = waiting[:step], waiting[step:]
        gone += [asyncio.create_task(one.leave(RESTARTING, within=ANSWERED_WITHIN)) for one in turn]
        if waiting:
            await asyncio.sleep(TICK)
    await asyncio.gather(*gone, return_exceptions=True)
