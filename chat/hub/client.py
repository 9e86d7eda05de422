"""Redis clients of an event loop."""

from __future__ import annotations

from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def client_of(url: str, within: float) -> Any:
    """A client that says no after `within` seconds, instead of trying again by itself."""
    return redis.Redis.from_url(
        url, socket_timeout=within, socket_connect_timeout=within, retry=Retry(NoBackoff(), 0)
    )
