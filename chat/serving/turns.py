"""Who of several processes accepts the next connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor

from chat.serving.shares import Share

twisted: Any = reactor

#: Seconds that the others have for taking a connection instead, and for which it takes what comes after that.
LET_OTHERS, TAKE = 0.02, 0.01


def take_turns(port: Any, share: Share, connections: Callable[[], int]) -> None:
    """Have a listening `port` of Twisted accept one connection at a time, and wait a moment before it takes too many.

    It does not wait long: the others may hang.
    """
    accept, takes_until = port.doRead, 0.0

    def accept_one() -> None:
        share.says(connections())
        if share.many() and time.monotonic() > takes_until:
            port.stopReading()
            twisted.callLater(LET_OTHERS, go_on)
            return
        port.numberAccepts = 1  # Twisted would raise it with every success
        accept()

    def go_on() -> None:
        nonlocal takes_until
        takes_until = time.monotonic() + TAKE
        if port.connected and not port.disconnecting:
            port.startReading()

    port.doRead = accept_one
