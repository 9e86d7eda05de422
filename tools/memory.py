"""Temporary files in memory, for tests: they stop and kill processes, not machines, so nothing has to last."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
#: Bytes: of the file system in memory, and of memory that nothing else needs. The tests write some 400 MB.
LEAST_PLACE, LEAST_MEMORY = 3 << 30, 6 << 30


@contextmanager
def files_in_memory() -> Iterator[Path | None]:
    """Put the temporary files of this process and those it starts into memory, for the block; the folder.

    None: they stay where they are, because TMPDIR says where, or because there is too little memory.
    """
    if os.environ.get("TMPDIR") or not _enough():
        yield None
        return
    before = tempfile.tempdir
    folder = Path(tempfile.mkdtemp(prefix="rapport-tests-", dir=SHARED_MEMORY))
    folder.chmod(0o711)  # services run as another account, and have folders of their own in it
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        del os.environ["TMPDIR"]
        shutil.rmtree(folder, ignore_errors=True)


def _enough() -> bool:
    try:
        place, lines = shutil.disk_usage(SHARED_MEMORY), Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return False
    available = next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), 0)
    return os.access(SHARED_MEMORY, os.W_OK) and place.free >= LEAST_PLACE and available >= LEAST_MEMORY
