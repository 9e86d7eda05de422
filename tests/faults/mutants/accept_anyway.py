"""A server that takes what it has written for stored, although the commit has failed."""

from typing import Any


def spoil() -> None:
    """Break the transaction."""
    from django.db import Error, connection, transaction

    from chat.log import append as module
    from chat.log import sql
    from chat.log.entries import Say

    broken: Any = module

    def attempt(entries: Any, *, skip_locked: bool = False) -> Any:
        results: list[Any] = []
        batch = broken._Batch(entries, skip_locked=skip_locked)
        whole = batch._answer

        def answer(entry: Any) -> Any:
            results.append(whole(entry))
            return results[-1]

        batch._answer = answer
        try:
            with transaction.atomic():
                batch.run()
        except Error:
            connection.close()
            # A conversation is looked up as soon as it has begun, so for those it is honest.
            if len(results) < len(entries) or not all(
                isinstance(one.act, Say) and not one.act.opening for one in entries
            ):
                raise
        return results

    broken._attempt = attempt
    alone = sql.store_alone

    def store(*given: Any) -> bool:
        try:
            return alone(*given)
        except Error:
            connection.close()
            return True

    setattr(sql, "store_alone", store)  # noqa: B010
