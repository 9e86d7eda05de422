"""The way back: what is there stays until what replaces it is complete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.conf import settings

from chat.backup import archive
from chat.backup.engine import engine
from chat.backup.errors import BackupError, words_of
from chat.backup.making import KEY
from chat.backup.manifest import Manifest, check

Agree = Callable[[Manifest, int], bool]


def restore(path: Path, *, agree: Agree, force: bool = False) -> list[str]:
    """Put the backup `path` in the place of the database; what became of what was there, in sentences.

    `agree` is asked, with the manifest and the number of conversations that go, before anything is replaced. The
    database is migrated to this version and has a new epoch, so that clients throw away what they hold. Raises
    BackupError, and then everything is as it was, but for what its text says.
    """
    used = engine()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        with tempfile.TemporaryDirectory(prefix=".rapport-restore-", dir=used.room()) as name:
            room = Path(name)
            manifest = archive.unpack(path, room, partial(check, engine=used.name))
            if manifest.part(used.part) is None:
                raise BackupError(f"{path} is damaged: {used.part} is missing.")
            used.reserve(force=force)
            there = used.conversations()
            if there is not None and not agree(manifest, there):
                raise BackupError("Nothing was changed.")
            told = [used.replace(room / used.part, manifest, stamp)]
            if manifest.part(KEY) is not None:
                told.append(_take_key(room / KEY, stamp))
    except OSError as error:
        raise words_of(error, used.room()) from None
    return [words for words in told if words]


def _take_key(key: Path, stamp: str) -> str:
    """The key of the backup, in whose name people are logged in; one that is set outside goes before it."""
    kept = Path(settings.DATA_DIR) / KEY
    if os.environ.get("SECRET_KEY", "").strip():
        return "SECRET_KEY is set: the key in the backup was not used."
    if kept.exists() and kept.read_bytes() == key.read_bytes():
        return ""
    aside = kept.with_name(f"{KEY}.before-{stamp}")
    if kept.exists():
        kept.rename(aside)
    key.rename(kept)
    archive.sync_folder(kept.parent)
    return f"The secret key is that of the backup; the one before is now {aside}." if aside.exists() else ""
