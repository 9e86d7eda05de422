"""What making and restoring want of a database, whichever it is."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from django.db import connection

from chat.backup.manifest import Facts, Manifest


class Engine(Protocol):
    """SQLite or PostgreSQL. Every method raises BackupError or OSError, and then leaves things as they were."""

    name: str
    #: What the snapshot is called in a backup.
    part: str

    def snapshot(self, target: Path) -> Facts:
        """Write the database as it is at one moment, while others go on writing."""

    def room(self) -> Path:
        """Where a backup is best taken apart."""

    def reserve(self, *, force: bool) -> None:
        """Make sure that nobody uses the database until this process ends."""

    def conversations(self) -> int | None:
        """How many would be replaced; None where there is nothing yet."""

    def replace(self, snapshot: Path, manifest: Manifest, stamp: str) -> str:
        """Put the snapshot in the database's place, migrated, with a new epoch. Returns what became of the old one."""


def engine() -> Engine:
    """That of the database in use."""
    if connection.vendor == "postgresql":
        from chat.backup.postgresql import PostgreSQLEngine

        return PostgreSQLEngine()
    from chat.backup.sqlite import SQLiteEngine

    return SQLiteEngine()
