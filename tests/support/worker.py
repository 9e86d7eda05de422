"""Starts `manage.py worker` with a short lease: `worker.py SECONDS`. What a dead one held comes back while a test waits."""

import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])


def main(lease: float) -> None:
    """Work until a signal ends it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import execute_from_command_line

    from chat.mail import sending

    sending.LEASE = timedelta(seconds=lease)
    execute_from_command_line(["manage.py", "worker"])


if __name__ == "__main__":
    main(float(sys.argv[1]))
