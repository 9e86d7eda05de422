"""The worker says in the database what it has done: it has no address at which it could be asked."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from chat.models import Work

#: Seconds between two writes, of all kinds together: on SQLite each is a wait for the disk.
OFTEN = 15.0


class Worked:
    """Gathers successes and writes them down now and then. Of one thread."""

    def __init__(self) -> None:
        self._done: dict[str, datetime] = {}
        self._written_at = -OFTEN

    def note(self, kind: str) -> None:
        """This kind of work was looked at just now, and nothing failed."""
        self._done[kind] = datetime.now(UTC)

    def write(self) -> None:
        """Write down what has been noted, unless that was done a moment ago. Raises what the database raises."""
        if not self._done or time.monotonic() - self._written_at < OFTEN:
            return
        self._written_at = time.monotonic()
        rows = [Work(kind=kind, at=at) for kind, at in self._done.items()]
        Work.objects.bulk_create(rows, update_conflicts=True, unique_fields=["kind"], update_fields=["at"])
        self._done.clear()
