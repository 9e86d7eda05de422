"""What a connection has taken on and not answered yet: waited for before it is closed in good order."""

from __future__ import annotations

import asyncio
import contextlib


class UnderWay:
    """Counts."""

    __slots__ = ("_count", "_none")

    def __init__(self) -> None:
        self._count = 0
        self._none: asyncio.Event | None = None

    @property
    def nothing(self) -> bool:
        """Whether all has been answered."""
        return not self._count

    def begin(self) -> None:
        """One more."""
        self._count += 1

    def over(self) -> None:
        """One less."""
        self._count -= 1
        if self._none is not None and not self._count:
            self._none.set()

    async def answered(self, within: float) -> None:
        """Wait until there is none, or `within` seconds are over."""
        if self._count:
            self._none = asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._none.wait(), within)
