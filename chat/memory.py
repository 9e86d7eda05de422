"""The cache, which may be away: what is kept here is convenient, never needed.

With Redis every process sees what any has kept. What this process has kept itself it also holds in its own memory,
for when Redis is away, does not answer, or was emptied.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Seconds for which a cache that did not answer is not asked again: requests must not queue for it.
REST = 5.0
#: Values that this process holds itself, the longest untouched forgotten first.
MOST_HELD = 20_000


class Patience:
    """Asks what may be away; when it fails, lets it rest for a while, so that one request waits and not all."""

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._again_at = 0.0

    def ask(self, work: Callable[[], T], otherwise: T) -> T:
        """What `work` gives; `otherwise` when it fails, or failed a moment ago."""
        if time.monotonic() < self._again_at:
            return otherwise
        failing = self._again_at > 0
        if failing:
            self._again_at = (
                time.monotonic() + self._rest
            )  # one tries; whoever comes meanwhile does not wait with it
        try:
            found = work()
        except (RedisError, OSError) as error:
            if not failing:
                logger.warning("The cache is away (%s); going on without it", type(error).__name__)
            self._again_at = time.monotonic() + self._rest
            return otherwise
        if failing:
            logger.warning("The cache is back")
        self._again_at = 0.0
        return found


_patience = Patience()
_held: OrderedDict[str, tuple[float, Any]] = OrderedDict()
_holding = threading.Lock()


def recall(key: str, default: Any = None) -> Any:
    """What is kept under `key`, or `default`, also when the cache is away."""
    found = _patience.ask(lambda: cache.get(key), None)
    if found is None and settings.REDIS_URL:
        until, value = _held.get(key, (0.0, None))
        found = value if until > time.monotonic() else None
    return default if found is None else found


def keep(key: str, value: Any, seconds: float) -> None:
    """Keep `value` for so long, here at least and where the cache is there for all processes."""
    if settings.REDIS_URL:
        with _holding:
            _held[key] = time.monotonic() + seconds, value
            _held.move_to_end(key)
            while len(_held) > MOST_HELD:
                _held.popitem(last=False)
    _patience.ask(lambda: cache.set(key, value, seconds), None)


def reachable() -> bool:
    """Whether the cache answers; asked now."""
    try:
        cache.get("reachable")
    except (RedisError, OSError):
        return False
    return True
