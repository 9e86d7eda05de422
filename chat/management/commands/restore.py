"""`manage.py restore FILE`: back to what a backup holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.backup.errors import BackupError
from chat.backup.manifest import Manifest
from chat.backup.restoring import restore


class Command(BaseCommand):
    """Restores a backup."""

    help = "Replace the database by what a backup holds. Stop servers and workers first."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and two ways to be in a hurry."""
        parser.add_argument("file", type=Path, help="What `backup` has made.")
        parser.add_argument("--yes", action="store_true", help="Replace what is there without asking.")
        parser.add_argument(
            "--force", action="store_true", help="PostgreSQL: although others are connected to the database."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, replace, tell."""

        def agree(manifest: Manifest, there: int) -> bool:
            if options["yes"]:
                return True
            if not sys.stdin.isatty():
                raise BackupError(f"There is a database with {there} conversations. Say --yes to replace it.")
            backed_up = manifest.rows["chat_conversation"]
            self.stdout.write(
                f"The database here has {there} conversations; it is replaced by the one of {manifest.made_at}, "
                f"which has {backed_up}."
            )
            return input("Type yes to go on: ").strip().lower() == "yes"

        try:
            told = restore(options["file"], agree=agree, force=options["force"])
        except BackupError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write("\n".join([f"Restored from {options['file']}.", *told]))
