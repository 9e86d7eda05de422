"""Points in a message's way at which a server dies, as if by `kill -9`. The product knows nothing of them.

`prepare` wraps one function of the server; SIGUSR1 arms it, and the next time that a message comes by the process
ends there.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

_armed = False


def prepare(point: str) -> None:
    """Have this process die at `point`, one of POINTS, once it has been armed."""
    POINTS[point]()
    signal.signal(signal.SIGUSR1, _arm)


def _arm(*_: object) -> None:
    global _armed
    _armed = True


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(place: Any, name: str, *, when: Callable[[Any, Any], object] = lambda given, result: True) -> None:
    """Die when this function has done its work, for the first time since the arming that `when` is true."""
    whole = getattr(place, name)

    def then_die(*args: Any, **kwargs: Any) -> Any:
        result = whole(*args, **kwargs)
        if _armed and when(args, result):
            _die()
        return result

    setattr(place, name, then_die)


def _parsed() -> None:
    from chat.consumers.base import Socket

    _after(Socket, "_parse", when=lambda given, frame: frame.get("type") == "message.send")


def _locked() -> None:
    from chat.log import sql

    _after(sql, "lock_heads", when=lambda given, heads: heads)


def _inserted() -> None:
    from chat.log import sql

    _after(sql, "insert_events", when=lambda given, _: given[0])


def _committed() -> None:
    from chat.log import alone, append

    _after(alone, "say", when=lambda given, done: done is not None)
    _after(append, "_attempt", when=lambda given, results: any(getattr(one, "events", ()) for one in results))


def _accepted() -> None:
    """The sender is told, nobody else: what is announced from then on goes nowhere, and a moment later we are dead."""
    from chat.log import writer as module

    writer: Any = module
    announce = writer.announce

    def swallow(done: Any) -> None:
        if not _armed:
            announce(done)
        elif done.events:
            asyncio.get_running_loop().call_later(0.02, _die)  # the answer is to leave the process

    writer.announce = swallow


#: After parsing, after locking, after inserting, after the commit before `accepted`, before publishing.
POINTS: dict[str, Callable[[], None]] = {
    "parsed": _parsed,
    "locked": _locked,
    "inserted": _inserted,
    "committed": _committed,
    "accepted": _accepted,
}
