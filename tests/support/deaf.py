"""A server whose hub swallows what is published: everything towards other processes, and every event here.

Rows of the queue still reach consoles of this very process: that is a function call, not a message. Started instead of `manage.py serve`; the product knows nothing of it. It says how much it has swallowed.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])


def main() -> None:
    """Break the hub, then serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import execute_from_command_line

    from chat.hub.hub import Hub

    def swallow(self: Hub, topics: Any, text: str, mark: Any = None) -> None:
        if tuple(topics) == ("consoles",):
            self.deliver(topics, text)
        print("swallowed", text[:60], file=sys.stderr, flush=True)

    assert hasattr(Hub, "publish"), "the hub has changed: break it in another place"
    Hub.publish = swallow  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
