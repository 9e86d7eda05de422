"""Backups: what a file has to be, and what becomes of those that are not."""

from __future__ import annotations

import contextlib
import errno
import gzip
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from chat.backup import archive, making
from chat.backup.errors import BackupError
from chat.backup.manifest import FORMAT, Manifest, check, decode
from chat.backup.programs import programs_for
from tests.support.archives import rewritten
from tests.support.broken import broken

ROWS = {"chat_conversation": 2, "chat_event": 9}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for backups."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def small(tmp_path: Path, folder: Path) -> tuple[Path, Manifest]:
    """A backup of next to nothing, and its manifest."""
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "database.sqlite3").write_bytes(os.urandom(200_000))
    (parts / "secret_key").write_bytes(b"canary" * 10)
    found = [archive.part_of(parts / name) for name in ("database.sqlite3", "secret_key")]
    manifest = Manifest("2026-03-01T09:30:00+00:00", "sqlite", ["chat.0001_initial"], ROWS, found)
    archive.write(folder / "small.tar.gz", manifest, parts)
    return folder / "small.tar.gz", manifest


def unpacked(path: Path, into: Path) -> Manifest:
    into.mkdir()
    return archive.unpack(path, into, lambda manifest: None)


def test_what_was_packed_comes_out_and_only_its_owner_may_read_it(
    small: tuple[Path, Manifest], tmp_path: Path
) -> None:
    path, manifest = small
    assert path.stat().st_mode & 0o777 == 0o600
    assert archive.read_manifest(path) == manifest
    assert unpacked(path, tmp_path / "out") == manifest
    for part in manifest.parts:
        out = tmp_path / "out" / part.name
        assert (out.read_bytes(), out.stat().st_mode & 0o777) == (
            (tmp_path / "parts" / part.name).read_bytes(),
            0o600,
        )
    assert [one.name for one in path.parent.iterdir()] == ["small.tar.gz"], "nothing is left beside it"


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_refused(
    small: tuple[Path, Manifest], tmp_path: Path, share: float
) -> None:
    path, _ = small
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupError):
        unpacked(path, tmp_path / "out")


def _accepted(path: Path, manifest: Manifest, into: Path) -> set[str]:
    """Which of some bad files are taken for backups."""
    whole, accepted = path.read_bytes(), set()

    def cut_short(share: float) -> None:
        path.write_bytes(whole[: int(len(whole) * share)])

    def of_another_content() -> None:
        rewritten(path, "database.sqlite3", os.urandom(200_000))

    def with_less() -> None:
        rewritten(path, "secret_key", None)

    def with_more() -> None:
        less = replace(manifest, parts=manifest.parts[:1])
        rewritten(path, archive.MANIFEST, less.encode())

    bad: dict[str, Callable[[], None]] = {
        **{f"cut short at {share}": partial(cut_short, share) for share in (0.001, 0.3, 0.9, 0.999)},
        **{"of another content": of_another_content, "with less": with_less, "with more": with_more},
    }
    for name, spoil in bad.items():
        spoil()
        with contextlib.suppress(BackupError):
            unpacked(path, into / name)
            accepted.add(name)
        path.write_bytes(whole)
    return accepted


def test_no_bad_file_is_taken_for_a_backup(small: tuple[Path, Manifest], tmp_path: Path) -> None:
    assert _accepted(*small, tmp_path) == set()


#: Readers of archives who leave one look out: what of chat/backup/archive.py is another, and what they are taken in by.
CARELESS = {
    "takes what there is": (
        [("except _BROKEN:\n        raise", "except _BROKEN:\n        return\n        raise")],
        {"cut short at 0.001", "cut short at 0.3", "cut short at 0.9", "cut short at 0.999"},
    ),
    "believes what is packed": (
        [("_copy(content, folder / part.name) != part.sha256", "not _copy(content, folder / part.name)")],
        {"of another content"},
    ),
    "does not count": ([("        if wanted:\n", "        if not manifest:\n")], {"with less"}),
    "does not look what it is": (
        [
            (
                "if part is None or content is None or",
                "if part is None:\n                continue\n            if",
            )
        ],
        {"with more"},
    ),
}


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_reader_is_found_out(
    small: tuple[Path, Manifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    changes, taken_in_by = CARELESS[name]
    monkeypatch.setattr(archive, "unpack", broken(archive, *changes).unpack)
    assert _accepted(*small, tmp_path) == taken_in_by, "the test above could not fail"


def test_a_file_in_which_anything_was_changed_is_refused(
    small: tuple[Path, Manifest], tmp_path: Path
) -> None:
    path, _ = small
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(bytes(whole))
    with pytest.raises(BackupError, match="damaged"):
        unpacked(path, tmp_path / "flipped")
    whole[len(whole) // 2] ^= 1
    path.write_bytes(bytes(whole))
    rewritten(path, "database.sqlite3", os.urandom(200_000))
    with pytest.raises(BackupError, match=r"damaged: 'database.sqlite3' is not what was written"):
        unpacked(path, tmp_path / "another")


@pytest.mark.parametrize(
    "name", ["../outside", "/tmp/outside", "database.sqlite3/../../outside", "manage.py"]
)
def test_no_file_decides_where_we_write(small: tuple[Path, Manifest], tmp_path: Path, name: str) -> None:
    path, manifest = small
    given = json.loads(manifest.encode())
    given["parts"][0]["name"] = name
    rewritten(path, archive.MANIFEST, json.dumps(given).encode())
    with pytest.raises(BackupError):
        unpacked(path, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"not json", b'{"format": "x"}', gzip.compress(b"no tar", mtime=0)]
)
def test_what_is_no_backup_is_refused_in_words(
    small: tuple[Path, Manifest], tmp_path: Path, content: bytes
) -> None:
    path, _ = small
    rewritten(path, archive.MANIFEST, content)
    with pytest.raises(BackupError, match="no backup of Rapport"):
        unpacked(path, tmp_path / "out")
    path.write_bytes(content)
    with pytest.raises(BackupError, match="no backup of Rapport"):
        unpacked(path, tmp_path / "bare")


def test_a_backup_of_a_newer_version_or_another_engine_is_refused(small: tuple[Path, Manifest]) -> None:
    _, manifest = small
    check(manifest, "sqlite")
    with pytest.raises(BackupError, match="of SQLite, and DATABASE_URL leads to PostgreSQL"):
        check(manifest, "postgresql")
    with pytest.raises(BackupError, match=r"newer Rapport.*chat\.9999_later"):
        check(replace(manifest, migrations=[*manifest.migrations, "chat.9999_later"]), "sqlite")
    newer = {**json.loads(manifest.encode()), "format": FORMAT + 1}
    with pytest.raises(BackupError, match="newer Rapport"):
        decode(json.dumps(newer).encode())


@pytest.mark.parametrize("place", ["the content", "the disk", "the name"])
def test_a_disk_that_fills_up_leaves_no_half_backup(
    small: tuple[Path, Manifest], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    path, manifest = small
    target = path.with_name("second.tar.gz")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    what = {
        "the content": (tarfile.TarFile, "addfile"),
        "the disk": (os, "fsync"),
        "the name": (Path, "rename"),
    }
    monkeypatch.setattr(*what[place], full)
    with pytest.raises(BackupError, match=f"not enough space in {path.parent}"):
        archive.write(target, manifest, path.parent.parent / "parts")
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_only_backups_of_our_own_making_are_deleted_and_the_newest_stay(folder: Path) -> None:
    names = [f"rapport-2026030{day}T000000Z.tar.gz" for day in range(1, 6)]
    others = [
        "rapport-20260301T000000Z.tar.gz.copy",
        "rapport-mine.tar.gz",
        ".rapport-20260301T000000Z.tar.gz.1.half",
    ]
    for name in [*names, *others]:
        (folder / name).touch()
    assert [path.name for path in making.drop_older(folder, 2)] == names[:3]
    assert {path.name for path in folder.iterdir()} == {*names[3:], *others}
    assert making.drop_older(folder, 2) == []


@pytest.mark.production
@pytest.mark.django_db
def test_the_password_stands_on_no_command_line() -> None:
    parameters = {**connection.get_connection_params(), "password": "canary"}
    for ours in ("pool", "options", "cursor_factory", "context", "prepare_threshold", "server_side_binding"):
        parameters.pop(ours, None)
    programs = programs_for(connection.pg_version // 10000, parameters)  # type: ignore[attr-defined]
    assert "canary" not in " ".join(programs.command("pg_dump", "--dbname", programs.address))
    assert programs.environment["PGPASSWORD"] == "canary"
    with pytest.raises(BackupError, match="Install the package postgresql-client-99"):
        programs_for(99, parameters)
