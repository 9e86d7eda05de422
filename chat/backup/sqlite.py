"""SQLite: copied by SQLite itself, and put back by renaming, so that the old file is still there."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection

from chat.backup.archive import sync_folder
from chat.backup.errors import BackupError, words_of
from chat.backup.manifest import Facts, Manifest, facts
from chat.services.epoch import new_epoch
from chat.serving.lock import AlreadyServed, hold

#: Seconds for a lock of SQLite's own.
PATIENCE = 10.0


class SQLiteEngine:
    """The database is one file, and a log beside it while somebody uses it."""

    name = "sqlite"
    part = "database.sqlite3"

    def __init__(self) -> None:
        self.path = Path(str(connection.settings_dict["NAME"]))

    def snapshot(self, target: Path) -> Facts:
        """By SQLite's online backup, in one step: one state, and in WAL mode nobody waits for it.

        A copy of the file would lack what stands in the log beside it, and be torn where a checkpoint was at work.
        """
        if not self.path.is_file():
            raise BackupError(f"There is no database {self.path} yet.")
        try:
            with closing(self._open()) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
                return self._facts(copy)
        except sqlite3.Error as error:
            if "full" in str(error):
                raise OSError(errno.ENOSPC, str(error)) from None
            raise BackupError(f"The database could not be copied: {error}.") from None

    def room(self) -> Path:
        """On the same disk: the last step is a rename."""
        return self.path.parent

    def reserve(self, *, force: bool) -> None:
        """By the lock that servers hold, and by SQLite's word that nobody else has the file open.

        There is no forcing it: a process that has the old file open would go on writing into it, and everything that
        it accepts from then on would be lost.
        """
        try:
            hold(settings.DATA_DIR)
        except AlreadyServed:
            raise BackupError(f"A server uses {settings.DATA_DIR}. Stop it first.") from None
        if not self.path.exists():
            return
        try:
            with closing(self._open(timeout=1.0)) as old:
                # Only whoever is alone may leave WAL mode. It also brings all that is in the log into the file.
                mode = old.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            mode = "wal"
        except sqlite3.DatabaseError:
            return  # not readable any more: that may be why we are here
        if mode != "delete":
            raise BackupError(f"Another process has {self.path} open: a worker or a command. Stop it first.")

    def conversations(self) -> int | None:
        """As far as it can be read."""
        if not self.path.exists():
            return None
        with contextlib.suppress(sqlite3.Error), closing(self._open()) as old:
            return int(old.execute("SELECT count(*) FROM chat_conversation").fetchone()[0])
        return 0

    def replace(self, snapshot: Path, manifest: Manifest, stamp: str) -> str:
        """Everything is done to the copy beside the old file; then they change places."""
        with closing(sqlite3.connect(snapshot)) as copy:
            if self._facts(copy).rows != manifest.rows:
                raise BackupError("The backup does not hold what its manifest says. Nothing was changed.")
        with self._instead(snapshot):
            try:
                call_command("migrate", interactive=False, verbosity=0)
                new_epoch(f"restored from the backup of {manifest.made_at}")
            except DatabaseError as error:
                raise BackupError(
                    f"The backup could not be brought up to date: {error}. Nothing was changed."
                ) from None
        return self._change_places(snapshot, stamp)

    def _change_places(self, snapshot: Path, stamp: str) -> str:
        aside = self.path.with_name(f"{self.path.name}.before-{stamp}")
        had = self.path.exists()
        try:
            _sync(snapshot)
            for suffix in ("-wal", "-shm", ""):  # the first two only where the old file cannot be read
                beside = self.path.with_name(self.path.name + suffix)
                if beside.exists():
                    beside.rename(aside.with_name(aside.name + suffix))
            snapshot.rename(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            if aside.exists() and not self.path.exists():
                aside.rename(self.path)
            raise words_of(error, self.path.parent) from None
        return f"The database that was there is now {aside}." if had else ""

    @contextlib.contextmanager
    def _instead(self, path: Path) -> Iterator[None]:
        """Have Django work on this file for a while."""
        connection.close()
        connection.settings_dict["NAME"] = str(path)
        try:
            yield
        finally:
            connection.close()  # the last one: SQLite brings the log into the file
            connection.settings_dict["NAME"] = str(self.path)

    def _open(self, timeout: float = PATIENCE) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True, timeout=timeout)

    def _facts(self, copy: sqlite3.Connection) -> Facts:
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise BackupError(f"The database is damaged: {found}.")
        return facts(lambda statement: copy.execute(statement).fetchall())


def _sync(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
