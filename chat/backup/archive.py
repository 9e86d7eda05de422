"""The one file: a compressed tar that begins with its manifest. It has its name only once it is whole and on disk."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from chat.backup.errors import BackupError, words_of
from chat.backup.manifest import Manifest, Part, decode

MANIFEST = "manifest.json"
#: What a part may be called: nothing in a file that somebody was given decides where we write.
PARTS = {"database.sqlite3", "database.dump", "secret_key"}
LARGEST_MANIFEST = 1024 * 1024
_CHUNK = 1024 * 1024
_BROKEN = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error)


def part_of(path: Path) -> Part:
    """What the manifest says of a file that is to become a part of a backup."""
    return Part(path.name, path.stat().st_size, _digest(path))


def write(target: Path, manifest: Manifest, folder: Path) -> None:
    """Write the backup `target` from the parts in `folder`. Readable by its owner only; there whole, or not at all.

    Raises BackupError.
    """
    half = target.with_name(f".{target.name}.{os.getpid()}.half")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as tar:
                _add(tar, MANIFEST, io.BytesIO(manifest.encode()), len(manifest.encode()))
                for part in manifest.parts:
                    with (folder / part.name).open("rb") as content:
                        _add(tar, part.name, content, part.size)
            raw.flush()
            os.fsync(raw.fileno())
        if target.exists():
            raise BackupError(f"{target} is there already. It was left as it is.")
        half.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise words_of(error, target.parent) from None
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)


def read_manifest(path: Path) -> Manifest:
    """What a file says of itself. Raises BackupError."""
    with _opened(path) as tar:
        return _manifest(tar)


def unpack(path: Path, folder: Path, check: Callable[[Manifest], None]) -> Manifest:
    """Take a backup apart into `folder`, once `check` has let its manifest pass.

    Every part is there and is what was written, or this raises BackupError.
    """
    with _opened(path) as tar:
        manifest = _manifest(tar)
        check(manifest)
        wanted = {part.name: part for part in manifest.parts}
        if not wanted.keys() <= PARTS:
            raise BackupError(f"{path} is no backup of Rapport, or it is damaged.")
        while (member := tar.next()) is not None:
            part, content = wanted.pop(member.name, None), tar.extractfile(member)
            if part is None or content is None or _copy(content, folder / part.name) != part.sha256:
                raise BackupError(f"{path} is damaged: {member.name[:40]!r} is not what was written.")
        if wanted:
            raise BackupError(f"{path} is damaged: {min(wanted)} is missing.")
        return manifest


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, not only what they stand for."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r|gz") as tar:
            yield tar
    except FileNotFoundError:
        raise BackupError(f"There is no file {path}.") from None
    except _BROKEN:
        raise BackupError(f"{path} is no backup of Rapport, or it is damaged.") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be taken apart: {error.strerror or error}.") from None


def _manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first is not None else None
    if first is None or content is None or first.name != MANIFEST or first.size > LARGEST_MANIFEST:
        raise BackupError("This is no backup of Rapport, or it is damaged.")
    return decode(content.read())


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, content)


def _copy(content: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
