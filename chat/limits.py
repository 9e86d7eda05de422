"""Token buckets: so many at once, so many a second after that."""

from __future__ import annotations

import time
from collections import OrderedDict


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


class Buckets:
    """A bucket for each key (an address, an account), the longest unused forgotten beyond `most`."""

    def __init__(self, rate: float, burst: float, most: int = 50_000) -> None:
        self._rate, self._burst, self._most = rate, burst, most
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
        return bucket.take()

    def has(self, key: str) -> bool:
        """Whether `take(key)` would give one now; takes none."""
        bucket = self._buckets.get(key)
        return bucket is None or bucket.has()
