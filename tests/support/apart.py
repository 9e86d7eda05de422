"""Read before Django's settings: each worker of a run has a Redis of its own, as it has a database.

Topics and kept figures name what is in a database. Two workers on one Redis would hear of, and read, each other's.
"""

from __future__ import annotations

import atexit
import os

from tools.services import Redis

if os.environ.get("REDIS_URL") and os.environ.get("PYTEST_XDIST_WORKER"):
    _redis = Redis()
    if not _redis.imitated:  # an imitation holds one connection up with another
        _redis.start()
        atexit.register(_redis.close)
        os.environ["REDIS_URL"] = _redis.url
