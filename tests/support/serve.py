"""Starts `manage.py serve` with its clock moved: `serve.py DAYS_AHEAD`."""

import datetime
import os
import sys
from pathlib import Path

import time_machine

sys.path[0] = str(Path(__file__).resolve().parents[2])


def main(days_ahead: float) -> None:
    """Serve until a signal ends it."""
    if days_ahead:
        now = datetime.datetime.now(tz=datetime.UTC)
        time_machine.travel(now + datetime.timedelta(days=days_ahead), tick=True).start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

    from django.contrib.auth.hashers import Argon2PasswordHasher
    from django.core.management import execute_from_command_line

    # As the product hashes, at the least price: every start and every log-in of hundreds of tests would pay it.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 1024
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main(float(sys.argv[1]))
