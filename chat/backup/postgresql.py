"""PostgreSQL: dumped by pg_dump in one snapshot, and put back in one transaction."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections

from chat.backup.errors import BackupError
from chat.backup.loading import load
from chat.backup.manifest import Facts, Manifest, facts
from chat.backup.programs import Programs, programs_for
from chat.serving.prepare import MIGRATING

OTHERS = """
    SELECT coalesce(nullif(application_name, ''), 'unnamed'), coalesce(host(client_addr), 'this machine'), count(*)
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5
"""


class PostgreSQLEngine:
    """The database that DATABASE_URL names, reached past Django's pool: with no time limits."""

    name = "postgresql"
    part = "database.dump"

    def __init__(self) -> None:
        parameters = connection.get_connection_params()
        for ours in (
            "pool",
            "options",
            "cursor_factory",
            "context",
            "prepare_threshold",
            "server_side_binding",
        ):
            parameters.pop(ours, None)
        self._parameters: dict[str, Any] = parameters
        self._session: psycopg.Connection[Any] | None = None

    def snapshot(self, target: Path) -> Facts:
        """What is counted and what is dumped is the same moment; nobody waits for it."""
        server = self._connect()
        programs = self._programs()
        server.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        moment = self._ask("SELECT pg_export_snapshot()")[0][0]
        try:
            found = facts(self._ask)
        except psycopg.errors.UndefinedTable:
            raise BackupError("There is nothing in the database yet.") from None
        dump = programs.command(
            *("pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges", "--no-password"),
            *("--snapshot", moment, "--file", target, "--dbname", programs.address),
        )
        done = subprocess.run(dump, env=programs.environment, capture_output=True, text=True)
        if done.returncode:
            if "No space left" in done.stderr:
                raise OSError(errno.ENOSPC, "No space left")
            raise BackupError(f"pg_dump failed:\n{done.stderr.strip()}")
        server.execute("COMMIT")
        return found

    def room(self) -> Path:
        """Ours to write."""
        return Path(settings.DATA_DIR)

    def reserve(self, *, force: bool) -> None:
        """Nobody else is connected, unless `force`, and nobody migrates until we have ended."""
        connections.close_all()
        connection.close_pool()  # type: ignore[attr-defined]
        if not self._ask(f"SELECT pg_try_advisory_lock({MIGRATING})")[0][0]:
            raise BackupError(
                "A server is just starting on this database, or another restore runs. Try again."
            )
        others = self._ask(OTHERS)
        if others and not force:
            who = ", ".join(f"{count} × {name} from {place}" for name, place, count in others)
            raise BackupError(
                f"Others are connected to this database: {who}. Stop servers and workers first; with --force they are "
                "not waited for."
            )

    def conversations(self) -> int | None:
        """None where Rapport has no tables yet."""
        if self._ask("SELECT to_regclass('chat_conversation')")[0][0] is None:
            return None
        return int(self._ask("SELECT count(*) FROM chat_conversation")[0][0])

    def replace(self, snapshot: Path, manifest: Manifest, stamp: str) -> str:
        """All in one transaction, the new epoch too: whoever looks sees the old database or the restored one."""
        load(self._programs(), snapshot, manifest, str(self._ask("SELECT current_schema()")[0][0]))
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except (DatabaseError, CommandError) as error:
            raise BackupError(
                f"The backup was restored, but could not be brought up to date: {error}. "
                "Once that is mended: manage.py migrate."
            ) from None
        self._connect().execute("ANALYZE")
        return ""

    def _programs(self) -> Programs:
        return programs_for(self._connect().info.server_version // 10000, self._parameters)

    def _connect(self) -> psycopg.Connection[Any]:
        if self._session is None:
            try:
                self._session = psycopg.connect(**self._parameters, autocommit=True)
            except psycopg.OperationalError as error:
                raise BackupError(f"The database cannot be reached: {str(error).strip()}") from None
        return self._session

    def _ask(self, statement: str) -> list[Any]:
        return self._connect().execute(statement.encode()).fetchall()
