"""`manage.py new_epoch`: for those who took the database back by their own means."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chat.services.epoch import new_epoch


class Command(BaseCommand):
    """Has every client throw away what it holds and ask again."""

    help = (
        "Say that the database was taken back to an earlier state (point-in-time recovery, a snapshot of the disk): "
        "clients throw away what they hold and ask again. `restore` does this by itself."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Why, for whoever looks later."""
        parser.add_argument("--why", default="said by hand", help="Kept with it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin a new epoch."""
        self.stdout.write(f"The epoch is now {new_epoch(options['why'])}.")
