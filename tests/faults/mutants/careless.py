"""A server that is careless in two ways: it does not look whether a message is stored already, and it publishes notes
to the customer's topic too.

Started instead of `manage.py serve`; the product knows nothing of it.
"""

import os
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[3])


def main() -> None:
    """Break the log and its announcements, then serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.contrib.auth.hashers import Argon2PasswordHasher
    from django.core.management import execute_from_command_line

    from chat.hub import hub, topics
    from chat.log import announce as announcing
    from chat.log import sql, writer
    from chat.log.entries import Done
    from chat.payloads.events import event_frame
    from chat.wire import encode

    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 1024  # as in tests/support/serve.py
    announce = announcing.announce

    def tell_everybody(done: Done) -> None:
        announce(done)
        for event in done.events:
            if event.note:
                frame = encode(event_frame(event, for_customer=False))
                hub.current().publish([topics.customer(done.head.customer)], frame)

    def find_nothing(*_: Any) -> dict[Any, Any]:
        return {}

    assert callable(sql.find_sent), "the log has changed: break it in another place"
    setattr(sql, "find_sent", find_nothing)  # noqa: B010
    setattr(writer, "announce", tell_everybody)  # noqa: B010
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
