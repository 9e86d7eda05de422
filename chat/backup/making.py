"""Making a backup while servers run and people write."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from chat.backup import archive
from chat.backup.engine import engine
from chat.backup.errors import BackupError, words_of
from chat.backup.manifest import Manifest

KEY = "secret_key"
#: What a backup in a folder is called: by its time, so that the order of names is the order of making.
NAME = "rapport-%Y%m%dT%H%M%SZ.tar.gz"
OURS = re.compile(r"rapport-\d{8}T\d{6}Z\.tar\.gz")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is on disk; `with_key` when it holds the secret key."""

    path: Path
    manifest: Manifest
    with_key: bool


def make_backup(target: Path) -> Made:
    """Back everything up into the file `target`, or into a new one in the folder `target`.

    One state of the database, while others go on writing. The file is there when all of it is on disk, never before;
    readable by its owner only. Raises BackupError.
    """
    now = datetime.now(UTC)
    path = target / now.strftime(NAME) if target.is_dir() else target
    if path.exists():
        raise BackupError(f"{path} is there already. It was left as it is.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    try:
        with tempfile.TemporaryDirectory(prefix=".rapport-backup-", dir=path.parent) as room:
            used = engine()
            parts = [Path(room) / used.part]
            found = used.snapshot(parts[0])
            parts += _key(Path(room))
            manifest = Manifest(
                made_at=now.isoformat(timespec="seconds"),
                engine=used.name,
                migrations=found.migrations,
                rows=found.rows,
                parts=[archive.part_of(part) for part in parts],
            )
            archive.write(path, manifest, Path(room))
    except OSError as error:
        raise words_of(error, path.parent) from None
    return Made(path, manifest, with_key=len(parts) > 1)


def drop_older(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups that this command made in `folder`; which. Raises BackupError."""
    ours = sorted(path for path in folder.iterdir() if OURS.fullmatch(path.name) and path.is_file())
    gone = ours[:-keep]
    try:
        for path in gone:
            path.unlink()
    except OSError as error:
        raise words_of(error, folder) from None
    return gone


def _key(room: Path) -> list[Path]:
    """The key that was made here, where it is the one in use: without it everybody has to log in again."""
    kept = Path(settings.DATA_DIR) / KEY
    if os.environ.get("SECRET_KEY", "").strip() or not kept.is_file():
        return []
    shutil.copyfile(kept, room / KEY)
    return [room / KEY]
