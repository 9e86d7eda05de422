"""What a backup says of itself: what it holds, what it was made from, and how to see that it is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db.migrations.loader import MigrationLoader

from chat.backup.errors import BackupError

#: Changes when an older Rapport could not read the file.
FORMAT = 1
#: Rows that are counted when a backup is made and again before a restore is let stand.
COUNTED = ("chat_conversation", "chat_event")

Ask = Callable[[str], list[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A file within the backup."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a snapshot holds: the migrations it has had, and rows by table."""

    migrations: list[str]
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first thing in the file. `engine` is `sqlite` or `postgresql`; `made_at` ISO 8601 in UTC."""

    made_at: str
    engine: str
    migrations: list[str]
    rows: dict[str, int]
    parts: list[Part]
    format: int = FORMAT

    def encode(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), indent=1).encode()

    def part(self, name: str) -> Part | None:
        """The part of this name, if the backup has one."""
        return next((part for part in self.parts if part.name == name), None)


def decode(raw: bytes) -> Manifest:
    """The manifest in `raw`. Raises BackupError for what is none, or of a newer format."""
    try:
        given = json.loads(raw)
        if given["format"] > FORMAT:
            raise BackupError("This backup was made by a newer Rapport. Install that one, then restore.")
        parts = [Part(str(one["name"]), int(one["size"]), str(one["sha256"])) for one in given["parts"]]
        rows = {str(table): int(count) for table, count in given["rows"].items()}
        migrations = [str(one) for one in given["migrations"]]
        return Manifest(
            str(given["made_at"]), str(given["engine"]), migrations, rows, parts, int(given["format"])
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BackupError("This is no backup of Rapport, or it is damaged.") from None


def check(manifest: Manifest, engine: str) -> None:
    """Raise BackupError unless this Rapport, on a database of this engine, can take the backup over."""
    if manifest.engine != engine:
        raise BackupError(
            f"This backup is of {_NAMES.get(manifest.engine, manifest.engine)}, and DATABASE_URL leads to "
            f"{_NAMES[engine]}. A backup goes back only into the kind of database that it was made from."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = [one for one in manifest.migrations if one not in known]
    if unknown:
        raise BackupError(
            f"This backup was made by a newer Rapport: its database has had {unknown[0]}, which is not known here. "
            "Install that version, then restore."
        )


def facts(ask: Ask) -> Facts:
    """Read them from a snapshot. `ask` runs a statement and gives its rows."""
    migrations = [f"{app}.{name}" for app, name in ask("SELECT app, name FROM django_migrations ORDER BY id")]
    return Facts(migrations, {table: int(ask(f"SELECT count(*) FROM {table}")[0][0]) for table in COUNTED})


_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
