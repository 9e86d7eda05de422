"""Django's SQLite backend, whose transactions wait in a queue.

SQLite keeps none: whoever waits looks again after up to a tenth of a second, and in a rush some look in vain for as
long as they have patience (docs/decisions/0013-a-queue-for-sqlite.md). All transactions of this process take turns
here; between processes SQLite's own waiting stays.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from chat import patience
from config.sqlite.turns import Turns

_turns: defaultdict[str, Turns] = defaultdict(Turns)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes its turn before it begins a transaction, and gives it when that has ended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: Turns | None = None
        self._borne: float | None = None  # as it was connected: what is usual

    def _start_transaction_under_autocommit(self) -> None:
        turn = _turns[str(self.settings_dict["NAME"])]
        usual = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        left = patience.left()
        if not turn.take(within=usual if left is None else min(usual, left)):
            raise OperationalError("database is locked")
        try:
            self._bear(usual)
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            turn.give()
            raise
        self._turn = turn

    def _bear(self, usual: float) -> None:
        """Wait for another process's lock no longer than this thread has patience (`chat.patience`)."""
        left = patience.left()
        wait = usual if left is None else min(usual, round(left, 1))  # rounded: nearly always as it was
        if wait != (usual if self._borne is None else self._borne):
            self.connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
            self._borne = wait

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._over()  # not where it failed: then it is rolled back

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._over()

    def _close(self) -> None:
        self._borne = None
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._over()

    def _over(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.give()
