"""Token buckets: so many at once, so many a second after that; in one process, or in all of them together."""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import lru_cache
from hashlib import sha256
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from chat.memory import Patience


class Bucket:
    """Holds at most `burst` tokens and gains `rate` a second."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()

    def take(self) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there is."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate

    def has(self) -> bool:
        """Whether `take` would give one now; takes none."""
        return self._tokens + (time.monotonic() - self._at) * self._rate >= 1


#: As a bucket, in Redis: one number a key, the moment at which it is full again. ARGV: rate, burst, 1 to take.
_SHARED = """
local clock = redis.call("TIME")
local now = clock[1] + clock[2] / 1000000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call("GET", KEYS[1]) or now), now) + 1 / rate
local wait = full - now - burst / rate
if wait > 0 then return tostring(wait) end
if ARGV[3] == "1" then
  redis.call("SET", KEYS[1], string.format("%.6f", full), "PX", math.ceil((full - now) * 1000))
end
return "0"
"""
#: Seconds that a request waits for the count of all processes.
ANSWER_WITHIN = 0.25


class Buckets:
    """A bucket for each key (an address, an account), the longest unused forgotten beyond `most`.

    With a `name` and REDIS_URL the limit also holds for all processes together, for the price of a round trip.
    Without Redis, also while it is away, each process counts for itself.
    """

    def __init__(self, rate: float, burst: float, most: int = 50_000, *, name: str = "") -> None:
        self._rate, self._burst, self._most, self._name = rate, burst, most, name
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """As `Bucket.take`, of the bucket of `key`."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate, self._burst)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take() or self._everywhere(key, take=True)

    def has(self, key: str) -> bool:
        """Whether `take(key)` would give one now; takes none."""
        bucket = self._buckets.get(key)
        return (bucket is None or bucket.has()) and not self._everywhere(key, take=False)

    def _everywhere(self, key: str, *, take: bool) -> float:
        """Seconds until all processes together allow it; 0.0 now, or when Redis cannot say."""
        if not self._name or not settings.REDIS_URL:
            return 0.0
        # Addresses and names of accounts are nobody's business in Redis.
        place = f"rapport:rate:{self._name}:{sha256(key.encode()).hexdigest()[:32]}"
        given = (self._rate, self._burst, int(take))
        return float(_patience.ask(lambda: _script()(keys=[place], args=given), 0.0))


_patience = Patience()


@lru_cache(maxsize=1)
def _script() -> Any:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        retry=Retry(NoBackoff(), 0),
    )
    return client.register_script(_SHARED)
