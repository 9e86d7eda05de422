"""Who says hello stands in line: thousands who come back at once are let in one after another, and none in vain.

Without it all of them wait for the database at the same time, nobody is served before losing patience, and what is done
then is done for connections that have gone.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable

from chat.errors import Unavailable

#: Seconds that somebody stands in line before being asked to come again: less than what a client waits for a welcome.
LONGEST = 20.0
#: Seconds after which they are asked to come again, at the latest; clients add what they have learned themselves.
COME_AGAIN = 10.0


class Crowded(Unavailable):
    """More have come at once than can be let in soon."""

    sentence = "Too many are coming back at once. Please try again in a moment."


class Line:
    """Lets `at_once` in, in the order in which they came; whoever leaves meanwhile is passed over."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._standing: deque[asyncio.Future[None]] = deque()
        self._began = 0.0  # since when somebody has been standing here
        self._served = 0  # how many went in since

    def __len__(self) -> int:
        """How many stand in line."""
        return len(self._standing)

    async def enter(self, left: Callable[[], Awaitable[None]]) -> bool:
        """Wait for a turn; each that is given ends with `leave`. False when `left()` returns before: they have gone.

        Raises Crowded after LONGEST seconds, with the time after which the turn should come.
        """
        if self._free:
            self._free -= 1
            return True
        ahead, came = len(self._standing), time.monotonic()
        if not ahead:
            self._began, self._served = came, 0
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._standing.append(turn)
        leaving = asyncio.ensure_future(left())
        try:
            await asyncio.wait({turn, leaving}, timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            await asyncio.wait({leaving})
        except asyncio.CancelledError:
            leaving.cancel()
            self._step_out(turn)
            raise
        if turn.done():
            return True
        self._step_out(turn)
        if leaving.cancelled():
            raise Crowded(retry_after=self._wait(ahead))
        leaving.result()
        return False

    def leave(self) -> None:
        """The turn is over: the next, please."""
        if self._standing:
            self._served += 1
            self._standing.popleft().set_result(None)
        else:
            self._free += 1

    def _step_out(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self.leave()
        else:
            self._standing.remove(turn)

    def _wait(self, ahead: int) -> float:
        """Seconds after which somebody who had so many before them should be served, spread a little."""
        pace = max(1.0, self._served / (time.monotonic() - self._began))
        spread = random.uniform(0.5, 1.0)  # noqa: S311  (spreads load, guards nothing)
        return min(COME_AGAIN, max(1.0, ahead / pace - LONGEST)) * spread
