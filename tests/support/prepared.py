"""What a server does before its first request takes seconds: done once for all processes of a run of tests."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tools.environment import ROOT

#: Names the folder that all processes of one run share; outside of a run of tests it is not set.
SHARED = "RAPPORT_TEST_RUN"
_STATIC = ("static", "static.stamp")
_PROGRAM = """
import django
django.setup()
from chat.serving import prepare
prepare.database()
prepare.static_files()
prepare.demo()
"""


class Prepared:
    """The collected static files and a migrated database with the demo; of this run, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def give_static(self, data: Path) -> None:
        """Let the server of this data folder find the static files."""
        shutil.copytree(self.data / _STATIC[0], data / _STATIC[0], copy_function=_link)
        shutil.copy2(self.data / _STATIC[1], data / _STATIC[1])

    def give_sqlite(self, data: Path) -> None:
        """Let the server of this data folder find the database."""
        shutil.copy2(self.data / "rapport.sqlite3", data / "rapport.sqlite3")

    @property
    def template(self) -> str:
        """The PostgreSQL database that others are made from."""
        return (self.folder / "template").read_text()

    def drop(self) -> None:
        """Remove the database from a PostgreSQL that outlives the run."""
        given = os.environ.get("DATABASE_URL")
        if given and (self.folder / "template").exists():
            administer(given, f'DROP DATABASE IF EXISTS "{self.template}" WITH (FORCE)')


def prepared(environment: Mapping[str, str]) -> Prepared | None:
    """What this run has prepared, or prepares now with these settings; None outside of a run of tests."""
    folder = os.environ.get(SHARED)
    if not folder:
        return None
    made = Prepared(Path(folder))
    ready = made.folder / "ready"
    with (made.folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the others wait: it would take them as long to do it themselves
        if not ready.exists():
            _prepare(made, environment)
            ready.touch()
    return made


def administer(url: str, statement: str) -> None:
    """Run one statement outside a transaction, as CREATE DATABASE wants it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _link(source: str, target: str) -> None:
    """One file for all; a copy where the data folder is on another disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _prepare(made: Prepared, environment: Mapping[str, str]) -> None:
    made.data.mkdir(mode=0o700, exist_ok=True)
    own = {
        **os.environ,
        **environment,
        "DATA_DIR": str(made.data),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    given = os.environ.get("DATABASE_URL")
    if given:
        name = f"rapport_prepared_{secrets.token_hex(6)}"
        (made.folder / "template").write_text(name)
        administer(given, f'CREATE DATABASE "{name}"')
        own["DATABASE_URL"] = urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    subprocess.run([sys.executable, "-c", _PROGRAM], cwd=ROOT, env=own, check=True)
