"""A server that waits for its database as long as that takes."""

from typing import Any


def spoil() -> None:
    """Take away every limit of time."""
    from django.conf import settings

    from chat import patience as module

    endless: Any = module
    endless.left = lambda: None
    options = settings.DATABASES["default"]["OPTIONS"]
    if "pool" not in options:
        options["timeout"] = 3600
        return
    options["pool"]["timeout"] = options["pool"]["reconnect_timeout"] = 3600
    options["connect_timeout"] = 3600
