"""Which request or socket a line belongs to."""

from __future__ import annotations

from contextvars import ContextVar

#: Made for each, and the same in every line that comes of it, also from its threads.
request_id: ContextVar[str] = ContextVar("request_id", default="")
