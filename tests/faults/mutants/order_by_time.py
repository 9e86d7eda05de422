"""A server that takes the clock's order for the log's."""

from typing import Any


def spoil() -> None:
    """Give what was said as the clock has it."""
    from chat.selectors import log as module

    log: Any = module
    whole = log.events_between

    def by_time(*args: Any, **kwargs: Any) -> Any:
        return sorted(whole(*args, **kwargs), key=lambda event: event.at)

    log.events_between = by_time
