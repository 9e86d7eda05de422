"""Several server processes, one /metrics: each keeps its figures in a file, whoever is asked adds them up.

The folder is PROMETHEUS_MULTIPROC_DIR. It must be there, and empty, before the processes start; they must be started,
not forked, once it is set. Does without the Prometheus library, which looks for the folder when it is imported.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: Figures that count only while their process lives: connections, memory.
_LIVE = re.compile(r"gauge_live[a-z]*_(\d+)\.db")


def folder() -> Path | None:
    """Where the processes keep their figures; None: there is one process, and they are in its memory."""
    named = os.environ.get(VARIABLE, "").strip()
    return Path(named) if named else None


def process_ended(pid: int, where: Path | None = None) -> None:
    """Forget what counted only while process `pid` lived; what it has counted up stays. `where`: else `folder()`."""
    for found, path in _live_files(where or folder()):
        if found == pid:
            path.unlink(missing_ok=True)


def living() -> list[int]:
    """The server processes that keep figures here and live; those that are gone are forgotten."""
    if folder() is None:
        return [os.getpid()]
    pids = {pid for pid, _ in _live_files(folder())}
    for gone in {pid for pid in pids if not _lives(pid)}:
        process_ended(gone)  # nobody told us: other servers than `manage.py serve` do not
        pids.discard(gone)
    return sorted(pids)


def _live_files(here: Path | None) -> list[tuple[int, Path]]:
    if here is None or not here.is_dir():
        return []
    matches = [(_LIVE.fullmatch(path.name), path) for path in here.iterdir()]
    return [(int(match[1]), path) for match, path in matches if match]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
