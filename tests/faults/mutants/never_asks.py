"""A server that takes whoever says nothing for gone, without having asked."""

from typing import Any


def spoil() -> None:
    """Swallow the question."""
    from chat.serving.frames import PING
    from chat.serving.protocol import Protocol

    gather = Protocol._gather

    def all_but_pings(self: Any, frame: bytes) -> None:
        if frame != PING:
            gather(self, frame)

    Protocol._gather = all_but_pings  # type: ignore[method-assign]
