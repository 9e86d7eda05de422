"""A server in which nothing that is counted up or down is counted."""

from typing import Any


def spoil() -> None:
    """Let every counter stay where it is."""
    from prometheus_client import Counter, Gauge, Histogram

    def nothing(*_: Any, **__: Any) -> None:
        return

    for kind, ways in ((Counter, ("inc",)), (Gauge, ("inc", "dec")), (Histogram, ("observe",))):
        for way in ways:
            assert callable(getattr(kind, way)), "the library has changed: break it in another place"
            setattr(kind, way, nothing)
