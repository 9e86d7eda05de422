"""PostgreSQL's own programs, which know best how to dump and to load."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from chat.backup.errors import BackupError

DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Programs:
    """`pg_dump`, `pg_restore` and `psql` of one version, and how they reach the database."""

    folder: Path
    address: str  # without the password, which any account of the machine could read in the list of processes
    environment: Mapping[str, str]

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """The command line of one of them."""
        return [str(self.folder / name), *map(str, arguments)]


def programs_for(major: int, parameters: Mapping[str, Any]) -> Programs:
    """Those that fit a server of this version best: of the same, else of the next newer one. Raises BackupError.

    `parameters` are those of a connection to it.
    """
    found = {version: folder for folder in _folders() if (version := _version(folder)) >= major}
    if not found:
        raise BackupError(
            f"pg_dump, pg_restore and psql of PostgreSQL {major} or newer are needed, and were not found on PATH or in "
            f"{DEBIAN}. Install the package postgresql-client-{major} (Debian, Ubuntu) or postgresql (others)."
        )
    told = {name: value for name, value in parameters.items() if name != "password"}
    environment = {**os.environ, "PGAPPNAME": "rapport backup"}
    if parameters.get("password"):
        environment["PGPASSWORD"] = str(parameters["password"])
    return Programs(found[min(found)], make_conninfo(**told), environment)


def _folders() -> Iterator[Path]:
    """Debian's own first: what is on PATH there chooses a version by rules of its own."""
    on_path = shutil.which("pg_dump")
    for folder in [*DEBIAN.glob("*/bin"), *([Path(on_path).parent] if on_path else [])]:
        if all((folder / name).exists() for name in ("pg_dump", "pg_restore", "psql")):
            yield folder


def _version(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return 0
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0
