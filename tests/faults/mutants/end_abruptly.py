"""A server that says nothing when it ends: whatever is under way is dropped, and sockets break off.

Started instead of `manage.py serve`; the product knows nothing of it.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[3])


def main() -> None:
    """Break the end, then serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import execute_from_command_line
    from twisted.internet import defer

    from chat.serving.daphne import RapportServer

    def end_at_once(self: Any) -> "defer.Deferred[None]":
        return defer.succeed(None)

    assert hasattr(RapportServer, "kill_all_applications"), "the end has changed: break it in another place"
    RapportServer.kill_all_applications = end_at_once  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
