"""Runs coroutines beside a synchronous test: a browser test's main thread belongs to Playwright."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Background:
    """An event loop in a thread of its own. Call it with a coroutine to get its result."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="background", daemon=True)
        self._thread.start()

    def __call__(self, coroutine: Coroutine[Any, Any, Result], *, within: float = 60.0) -> Result:
        """Run it to its end there. Raises what it raises, TimeoutError after `within` seconds."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(within)

    def close(self) -> None:
        """End what still runs, and the loop."""
        asyncio.run_coroutine_threadsafe(_cancel_all(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.1)  # connections that were closed let go of their sockets a turn later
