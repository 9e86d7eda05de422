"""What is done to the site while conversations go on: each of these returns when whatever it broke is there again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import redis

from tests.load.replay.site import Site

#: Seconds for which a service that was stopped stays away.
AWAY = 3.0

Fault = Callable[[Site], None]


def rolling_restart(site: Site) -> None:
    """The processes are replaced one after the other, in order."""
    site.roll()


def redis_flushed(site: Site) -> None:
    """FLUSHALL: everything Redis held is gone; its connections stay."""
    with redis.Redis.from_url(site.redis.url, socket_timeout=5) as client:
        client.flushall()


def redis_restarted(site: Site) -> None:
    """Redis is stopped, away for a while, and comes back empty."""
    site.redis.stop()
    time.sleep(AWAY)
    site.redis.start()


def database_restarted(site: Site) -> None:
    """A fast shutdown, as `pg_ctl restart -m fast` does it, and the start at once."""
    site.postgresql.restart()


def database_killed(site: Site) -> None:
    """`kill -9` for all of PostgreSQL; away for a while, then it recovers."""
    site.postgresql.kill()
    time.sleep(AWAY)
    site.postgresql.start()


def process_killed(site: Site) -> None:
    """`kill -9` for one server process."""
    site.kill_one(random.randrange(2))


#: By the names they have in the table and on the command line, in the order of a round.
FAULTS: dict[str, Fault] = {
    "rolling-restart": rolling_restart,
    "redis-flushed": redis_flushed,
    "redis-restarted": redis_restarted,
    "database-restarted": database_restarted,
    "process-killed": process_killed,
    "database-killed": database_killed,
}
