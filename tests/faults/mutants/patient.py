"""A server without back-pressure: what a peer does not read is kept for it, however much that is.

Started instead of `manage.py serve`; the product knows nothing of it.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[3])


def main() -> None:
    """Take the brakes out, then serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import execute_from_command_line

    import chat.serving.daphne  # noqa: F401  (first: it installs the reactor)
    from chat.serving.protocol import Protocol

    async def at_once(self: Any) -> None:
        return

    assert hasattr(Protocol, "room"), "the brakes have changed: take them out in another place"
    assert hasattr(Protocol, "pauseProducing"), "the brakes have changed: take them out in another place"
    Protocol.room = at_once  # type: ignore[method-assign]
    Protocol.pauseProducing = lambda self: None  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
