"""A server that says `accepted` before its transaction has committed.

The commit is held back a little, as a slow disk would do it, so that a kill finds accepted messages that are not
stored.
"""

import asyncio
import time

SLOW_DISK = 0.1  # seconds in which what is accepted is not stored
BREATH = 0.03  # seconds in which others may write: SQLite has one writer at a time


def spoil() -> None:
    """Break the writer."""
    from django.db import DatabaseError, connection, transaction

    from chat.errors import Unavailable
    from chat.log.append import append
    from chat.log.entries import Entry, Result, Say
    from chat.log.writer import Writer

    in_order = Writer._commit

    def may_be_early(entry: Entry) -> bool:
        # A conversation is looked up as soon as it has begun.
        return isinstance(entry.act, Say) and not entry.act.opening

    async def accept_then_commit(self: Writer, entries: list[Entry]) -> list[Result]:
        early_ones = [entry for entry in entries if may_be_early(entry)]
        if not early_ones:
            return await in_order(self, entries)
        if len(early_ones) < len(entries):
            others = [entry for entry in entries if not may_be_early(entry)]
            told = dict(zip(map(id, others), await in_order(self, others), strict=True))
            told |= zip(map(id, early_ones), await accept_then_commit(self, early_ones), strict=True)
            return [told[id(entry)] for entry in entries]
        early: asyncio.Future[list[Result]] = self.loop.create_future()

        def tell(results: list[Result]) -> None:
            if not early.done():
                early.set_result(results)

        def commit() -> None:
            try:
                with transaction.atomic():
                    self.loop.call_soon_threadsafe(tell, append(entries))
                    time.sleep(SLOW_DISK)
            except (DatabaseError, Unavailable):
                connection.close()
                # Whoever waits hears it; to whom it was accepted nobody says anything.
                refusals: list[Result] = [Unavailable(retry_after=1.0) for _ in entries]
                self.loop.call_soon_threadsafe(tell, refusals)
            time.sleep(BREATH)

        self.loop.run_in_executor(self._executor, commit)
        return await early

    Writer._commit = accept_then_commit  # type: ignore[method-assign]
