"""A server in which everything that is counted up or down is counted twice."""

from typing import Any


def spoil() -> None:
    """Let every counter take two steps for one."""
    from prometheus_client import Counter, Gauge, Histogram

    def doubled(kind: type, way: str) -> None:
        once = getattr(kind, way)

        def twice(self: Any, *given: Any, **named: Any) -> None:
            once(self, *given, **named)
            once(self, *given, **named)

        setattr(kind, way, twice)

    for kind, ways in ((Counter, ("inc",)), (Gauge, ("inc", "dec")), (Histogram, ("observe",))):
        for way in ways:
            doubled(kind, way)
