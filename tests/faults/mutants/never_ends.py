"""A server that leaves it to the kernel to find out who is gone: behind a proxy it is the proxy that answers."""

from typing import Any


def spoil() -> None:
    """Take the look at silent sockets out."""
    from chat.serving.protocol import Protocol

    def look_away(self: Any, now: float) -> None:
        return

    assert callable(Protocol.check), "silence is found out in another place: look away there"
    Protocol.check = look_away  # type: ignore[method-assign]
