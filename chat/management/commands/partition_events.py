"""`manage.py partition_events`: keep events in parts by year (PostgreSQL), or show the parts there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tabulate import tabulate

from chat.log.parts import NotPossible, is_parted, part_events, parts


class Command(BaseCommand):
    """Once, at a quiet hour: writing waits while the table is read through (about a second a million events)."""

    help = (
        "Keep events in parts by the year in which their conversation was opened. Nothing is copied or lost; what is "
        "there becomes the first part. The worker makes the parts of coming years. See docs/scaling.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; see `--help`."""
        parser.add_argument("--list", action="store_true", help="only show the parts and their sizes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and show what there is then."""
        if not options["list"]:
            try:
                part_events(datetime.now(UTC))
            except NotPossible as error:
                raise CommandError(str(error)) from error
        if not is_parted():
            self.stdout.write("Events lie in one table.")
            return
        rows = [(name, bounds, f"{size / 2**20:,.0f} MiB") for name, bounds, size in parts()]
        self.stdout.write(tabulate(rows, headers=["part", "conversations", "size"]))
