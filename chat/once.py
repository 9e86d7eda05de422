"""Looking at something that may hang: one look at a time, however many ask, and nobody waits longer than they want."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")


class Look(Generic[T]):
    """`look` is called in a thread of its own, again only when its last answer is older than `good_for` seconds.

    While a look hangs there is this one thread, and everybody who asks waits for the same answer. `look` must not
    raise.
    """

    def __init__(self, name: str, look: Callable[[], T], good_for: float) -> None:
        self._name, self._look, self._good_for = name, look, good_for
        self._guard = threading.Lock()
        self._answer: Future[T] | None = None
        self._done_at = 0.0

    def answer(self) -> Future[T]:
        """The answer of the look that is under way, or of the last one while it is fresh."""
        with self._guard:
            answer = self._answer
            if answer is not None and (not answer.done() or self._fresh()):
                return answer
            answer = self._answer = Future()
            # A daemon: a look that hangs must not keep the process from ending.
            threading.Thread(target=self._run, args=(answer,), name=self._name, daemon=True).start()
            return answer

    def _fresh(self) -> bool:
        return time.monotonic() - self._done_at < self._good_for

    def _run(self, answer: Future[T]) -> None:
        try:
            seen = self._look()
            self._done_at = time.monotonic()
            answer.set_result(seen)
        except BaseException as error:  # noqa: BLE001  (whoever waits must hear of it)
            answer.set_exception(error)
        finally:
            connections.close_all()
