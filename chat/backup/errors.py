"""What can go wrong, in sentences for whoever typed the command."""

from __future__ import annotations

import errno
from pathlib import Path


class BackupError(Exception):
    """Nothing was made, or nothing was changed; the text says why and what to do."""


def words_of(error: OSError, place: Path) -> BackupError:
    """What an error of the file system means for a backup in `place`."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return BackupError(f"There is not enough space in {place}.")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return BackupError(f"{place} cannot be written: {error.strerror}.")
    return BackupError(f"{place}: {error.strerror or error}.")
