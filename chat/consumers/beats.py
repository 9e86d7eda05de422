"""Whose heartbeat is due: kept by time, so that nobody is looked at whose time has not come."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from chat.consumers.base import Socket


class Beats:
    """Sockets by the turn, `every` seconds long, in which each gets its next heartbeat. Times: the loop's clock."""

    def __init__(self) -> None:
        self._usual: float = settings.RAPPORT["HEARTBEAT"]
        #: Seconds between two looks.
        self.every = min(1.0, self._usual / 5)
        self._turns: dict[int, set[Socket]] = {}

    def add(self, socket: Socket, now: float) -> None:
        """Have it due after HEARTBEAT seconds, ±20 %, so that many sockets opened at once do not beat at once."""
        at = now + self._usual * random.uniform(0.8, 1.2)  # noqa: S311  (spreads load, guards nothing)
        socket.beat = int(at / self.every)
        self._turns.setdefault(socket.beat, set()).add(socket)

    def remove(self, socket: Socket) -> None:
        """It is never due; fine when it was not going to be."""
        self._turns.get(socket.beat, set()).discard(socket)

    def take(self, now: float) -> list[Socket]:
        """Those that are due, to within `every` seconds; they are to be added again."""
        turn = int(now / self.every)
        return [
            socket for due in [one for one in self._turns if one <= turn] for socket in self._turns.pop(due)
        ]
