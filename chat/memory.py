"""The cache, which may be away: what is kept here is convenient, never needed."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def recall(key: str, default: Any = None) -> Any:
    """What is kept under `key`, or `default`, also when the cache is away."""
    try:
        return cache.get(key, default)
    except (RedisError, OSError):
        logger.warning("The cache is away; going on without it")
        return default


def keep(key: str, value: Any, seconds: float) -> None:
    """Keep `value` for so long, if the cache is there."""
    try:
        cache.set(key, value, seconds)
    except (RedisError, OSError):
        logger.warning("The cache is away; going on without it")


def reachable() -> bool:
    """Whether the cache answers."""
    try:
        cache.get("reachable")
    except (RedisError, OSError):
        return False
    return True
