"""A server that writes the frame into its log when it refuses one, as one does who looks for a mistake.

Started instead of `manage.py serve`; the product knows nothing of it.
"""

import logging
import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3])


def main() -> None:
    """Break the socket, then serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import execute_from_command_line

    from chat.consumers.base import Frame, Socket
    from chat.errors import Problem

    read = Socket._parse

    def read_and_tell(self: Socket, text: str | None) -> Frame:
        try:
            return read(self, text)
        except Problem:
            logging.getLogger("chat.consumers.base").warning("Not a frame: %r", text)
            raise

    Socket._parse = read_and_tell  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
