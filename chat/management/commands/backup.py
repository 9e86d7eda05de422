"""`manage.py backup FOLDER`: everything in one file, while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.backup.errors import BackupError
from chat.backup.making import drop_older, make_backup


class Command(BaseCommand):
    """Backs the installation up."""

    help = "Back up the database, and the secret key that was made here, into one file, while servers run."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where, and how many to keep."""
        parser.add_argument(
            "target", type=Path, help="A folder (the name is made from the time), or a new file."
        )
        parser.add_argument("--keep", type=int, help="Then delete all but the newest so many in that folder.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, then delete older ones."""
        target, keep = options["target"], options["keep"]
        if keep is not None and (keep < 1 or not target.is_dir()):
            raise CommandError("--keep wants a number from 1 on, and a folder to keep them in.")
        try:
            made = make_backup(target)
            gone = drop_older(target, keep) if keep is not None else []
        except BackupError as problem:
            raise CommandError(str(problem)) from None
        rows = made.manifest.rows
        size = made.path.stat().st_size
        self.stdout.write(
            f"{made.path}: {rows['chat_conversation']} conversations, {rows['chat_event']} events, {size:,} bytes."
        )
        if made.with_key:
            self.stdout.write("It holds the secret key: keep it where only you can read it.")
        else:
            self.stdout.write("SECRET_KEY is set outside and not in it: keep that elsewhere.")
        for path in gone:
            self.stdout.write(f"Deleted: {path}")
