"""First come, first served: a lock that threads get in the order in which they asked."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """One at a time, in order."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, within: float) -> bool:
        """Wait for one's turn, at most `within` seconds; False when it did not come."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            own = threading.Lock()
            own.acquire()
            self._waiting.append(own)
        if own.acquire(timeout=within):
            return True
        with self._guard:
            if own in self._waiting:
                self._waiting.remove(own)
                return False
        return True  # it came in the last moment

    def give(self) -> None:
        """One's turn is over; the next one's begins."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
