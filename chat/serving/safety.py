"""What is refused before anything is served: settings under which messages or secrets would be lost."""

from __future__ import annotations

from django.conf import settings

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
#: A demo that others can reach has accounts that anybody may try.
SHORTEST_DEMO_PASSWORD = 12


class Unsafe(Exception):
    """This must not be served; the text says why and what to do."""


def check(processes: int) -> None:
    """Raises Unsafe for more than one process without PostgreSQL and Redis, and for what is unfit for the public."""
    if processes > 1 and (settings.EMBEDDED or "postgresql" not in settings.DATABASES["default"]["ENGINE"]):
        raise Unsafe(
            f"{processes} server processes need DATABASE_URL (PostgreSQL) and REDIS_URL: "
            "without them they would not hear of each other's messages."
        )
    if settings.HOST in LOOPBACK:
        return
    if settings.DEBUG:
        raise Unsafe("DEBUG shows the inside of the server: it is refused on a public address.")
    if settings.DEMO and 0 < len(settings.DEMO_PASSWORD) < SHORTEST_DEMO_PASSWORD:
        raise Unsafe(
            f"DEMO_PASSWORD has fewer than {SHORTEST_DEMO_PASSWORD} characters: refused on a public address. "
            "Leave it out and one is made."
        )
