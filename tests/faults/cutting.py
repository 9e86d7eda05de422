"""Connections that break in the midst of a COMMIT, now before the database has done it, now after. The one statement
of a message that comes alone is its own commit.

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
    from django.db import OperationalError, connection, connections

    from chat.log import sql

    wrapper: Any = type(connections["default"])

    def breaking(whole: Any) -> Any:
        counter = itertools.count(1)

        def now_and_then(*given: Any) -> Any:
            number = next(counter) if threading.current_thread().name.startswith("log") else 0
            if not number or number % EVERY:
                return whole(*given)
            if number % (2 * EVERY):
                whole(*given)
            if connection.vendor == "postgresql" and connection.connection is not None:
                connection.connection.close()
            raise OperationalError("the connection broke")

        return now_and_then

    wrapper._commit = breaking(wrapper._commit)
    setattr(sql, "store_alone", breaking(sql.store_alone))  # noqa: B010
