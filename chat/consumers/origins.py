"""Which pages may open a socket at all: the same for all of them, so looked up for all of them together."""

from __future__ import annotations

import asyncio

from chat.database import in_database
from chat.selectors.access import allowed_origins

#: Seconds for which what was found holds. Which inbox a page may show, the hello asks exactly.
GOOD_FOR = 1.0


class Origins:
    """The origins that any inbox allows."""

    def __init__(self) -> None:
        self._found: frozenset[str] = frozenset()
        self._until = float("-inf")
        self._look: asyncio.Task[None] | None = None

    async def allow(self, origin: str) -> bool:
        """Whether any inbox may be shown on `origin`. Raises Unavailable; one look for all who ask meanwhile."""
        if asyncio.get_running_loop().time() > self._until:
            if self._look is None or self._look.done():
                self._look = asyncio.create_task(self._find())
            await asyncio.shield(self._look)
        return origin in self._found

    async def _find(self) -> None:
        self._found = await in_database(allowed_origins)
        self._until = asyncio.get_running_loop().time() + GOOD_FOR
