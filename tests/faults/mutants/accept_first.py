"""A server that says `accepted` before its transaction has committed.

Started instead of `manage.py serve`; the product knows nothing of it. The commit is held back a little, as a
slow disk would do it, so that a kill finds accepted messages that are not stored.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3])

SLOW_DISK = 0.1  # seconds in which what is accepted is not stored
BREATH = 0.03  # seconds in which others may write: SQLite has one writer at a time


def main() -> None:
    """Break the writer, then serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import execute_from_command_line
    from django.db import transaction

    from chat.log.append import append
    from chat.log.entries import Entry, Result, Say
    from chat.log.writer import Writer

    in_order = Writer._commit

    async def accept_then_commit(self: Writer, entries: list[Entry]) -> list[Result]:
        if not all(isinstance(entry.act, Say) and not entry.act.opening for entry in entries):
            return await in_order(self, entries)  # a conversation is looked up as soon as it has begun
        early: asyncio.Future[list[Result]] = self.loop.create_future()

        def tell(results: list[Result]) -> None:
            if not early.done():
                early.set_result(results)

        def commit() -> None:
            with transaction.atomic():
                self.loop.call_soon_threadsafe(tell, append(entries))
                time.sleep(SLOW_DISK)
            time.sleep(BREATH)

        self.loop.run_in_executor(self._executor, commit)
        return await early

    Writer._commit = accept_then_commit  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
