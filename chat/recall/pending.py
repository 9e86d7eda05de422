"""What the worker does for the search: problems from before there was an index, and what they mean."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection

from chat.recall import embedding
from chat.recall.index import rebuild

#: Seconds at a stretch: mails wait in the same thread.
STRETCH = 2.0

#: Databases whose outcomes all have been seen to be indexed. Since then each is, as it is written.
_indexed: set[str] = set()


def index_pending(stopping: Callable[[], bool]) -> bool:
    """Index what is not yet, and make missing embeddings where these are installed; whether more is left.

    Ends soon, also when `stopping` says so. Any number of workers may do it at once.
    """
    until = time.monotonic() + STRETCH
    database = str(connection.settings_dict["NAME"])
    if database not in _indexed:
        for _ in rebuild():
            if stopping() or time.monotonic() > until:
                return not stopping()
        _indexed.add(database)
    if embedding.way() == "embedding":
        while embedding.make_vectors():
            if stopping() or time.monotonic() > until:
                return not stopping()
    return False
