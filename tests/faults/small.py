"""A disk so small that a test can fill it: a file system in memory, which only root may mount."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.services import PostgreSQL

#: Set, it says that tests without a mount are to be left out; they are then reported as not run.
WITHOUT = "RAPPORT_WITHOUT_MOUNTS"


class Disk:
    """A small file system at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave not one byte."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (1 << 20, 4096, 1):
                block = bytes(size)
                while True:
                    try:
                        if not ballast.write(block):
                            break
                    except OSError:
                        break

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Disk]:
    """Mount one of so many MiB at `folder`, for the block. The test fails, with what to type, where nobody may."""
    mount(folder, mib)
    try:
        yield Disk(folder)
    finally:
        unmount(folder)


def mount(folder: Path, mib: int) -> None:
    """Mount it. Fails the test where that cannot be done, or skips it where WITHOUT says so."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True) if os.geteuid() == 0 else None
    if done is None or done.returncode:
        why = done.stderr.strip() if done else "only root may mount"
        told = f"NOT RUN: no full disk without a small one ({why}); run:  sudo make test"
        if os.environ.get(WITHOUT):
            pytest.skip(told)
        pytest.fail(f"{told}  or leave it out:  {WITHOUT}=1 make test", pytrace=False)


def unmount(folder: Path) -> None:
    """Undo it, whoever still looks into it."""
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class SmallPostgreSQL(PostgreSQL):
    """A cluster whose data folder is such a disk; `disk` fills it."""

    MIB = 192

    def _create(self) -> None:
        mount(self.data, self.MIB)
        self.disk = Disk(self.data)
        try:
            if self.user:
                shutil.chown(self.data, self.user)
            super()._create()
        except BaseException:
            unmount(self.data)
            raise

    def close(self) -> None:
        """End it, and let go of the memory."""
        self.stop()
        unmount(self.data)
        super().close()
