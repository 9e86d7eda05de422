"""A database of its own for programs that measure: made for them, thrown away after them."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from django.db import DatabaseError, connection


class ScratchError(Exception):
    """No database could be made to measure in."""


@contextmanager
def scratch_database() -> Iterator[str]:
    """All queries of this process go to a new, empty, migrated database; afterwards it is gone. Yields its vendor.

    SQLite: a file in a temporary folder. PostgreSQL: a database of its own on the server of DATABASE_URL, whose
    user must be allowed to make one. The installation's own data is never opened. Raises ScratchError.
    """
    settings = connection.settings_dict
    own = settings["NAME"]
    with tempfile.TemporaryDirectory(prefix="rapport-scratch-") as folder:
        name = f"rapport_scratch_{secrets.token_hex(6)}"
        if connection.vendor == "sqlite":
            name = str(Path(folder) / "scratch.sqlite3")
        settings["TEST"] = {**settings.get("TEST", {}), "NAME": name, "MIGRATE": True}
        _leave_pool()
        try:
            # What Django makes for its own test runs is exactly this.
            connection.creation.create_test_db(verbosity=0, autoclobber=False, serialize=False)
        except (DatabaseError, SystemExit) as error:
            settings["NAME"] = own
            raise ScratchError(f"No database could be made to measure in: {error}") from error
        try:
            if connection.vendor == "sqlite":
                with connection.cursor() as cursor:
                    # Nothing here outlives the run: no need to wait for the disk.
                    cursor.execute("PRAGMA synchronous = OFF")
                    # Large indexes are written in no order of their pages; half a gigabyte of them stays in memory.
                    cursor.execute("PRAGMA cache_size = -500000")
            yield connection.vendor
        finally:
            _leave_pool()
            connection.creation.destroy_test_db(own, verbosity=0)
            if connection.vendor == "sqlite" and os.path.exists(name):
                os.unlink(name)


def _leave_pool() -> None:
    """A pool goes on giving connections to the database that it was opened for, whatever the settings say since."""
    connection.close()
    if connection.vendor == "postgresql":
        cast(Any, connection).close_pool()
