"""One server process for an embedded installation: two would not hear of each other's messages."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

_held: list[IO[str]] = []


class AlreadyServed(Exception):
    """Another server process uses this data folder."""


def hold(data_dir: Path) -> None:
    """Take the folder for this process, until it ends however it ends. Raises AlreadyServed."""
    handle = (data_dir / "serve.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise AlreadyServed(
            f"Another server already uses {data_dir}. More than one needs DATABASE_URL (PostgreSQL) and REDIS_URL; "
            "for a second installation give another DATA_DIR and PORT."
        ) from None
    _held.append(handle)
