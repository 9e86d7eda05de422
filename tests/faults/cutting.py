"""Connections that break in the midst of a COMMIT, now before the database has done it, now after.

A fault that happens to a sound server: it cannot know whether its commit went through.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

#: Every how many commits of the log one breaks.
EVERY = 5


def spoil() -> None:
    """Let commits of the log break."""
    from django.db import OperationalError, connections

    wrapper: Any = type(connections["default"])
    whole, counter = wrapper._commit, itertools.count(1)

    def break_now_and_then(self: Any) -> None:
        number = next(counter) if threading.current_thread().name.startswith("log") else 0
        if not number or number % EVERY:
            whole(self)
            return
        if number % (2 * EVERY):
            whole(self)
        if self.vendor == "postgresql":
            self.connection.close()
        raise OperationalError("the connection broke")

    wrapper._commit = break_now_and_then
