"""From an empty folder to a running server, again and again, and never two on one folder."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from chat.serving import lock, prepare
from chat.serving.lock import AlreadyServed, hold
from tests.support.cast import Log, Records
from tests.support.installation import Installation, Server
from tools.environment import ROOT


def test_what_has_been_loaded_is_not_looked_through_again() -> None:
    before = gc.get_freeze_count()
    try:
        prepare.settle()
        assert gc.get_freeze_count() - before > 10_000
    finally:
        gc.unfreeze()


@pytest.mark.embedded
def test_a_second_server_on_one_folder_refuses_in_a_plain_sentence(server: Server) -> None:
    log, environment = Log(server), {**server.environment(), "PORT": str(server.port + 1)}
    ended = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert "Another server already uses" in ended.stderr
    assert str(server.installation.folder) in ended.stderr
    for way_out in ("DATABASE_URL", "REDIS_URL", "DATA_DIR"):
        assert way_out in ended.stderr
    assert server.answers(), "the first goes on"
    assert log.calm()


@pytest.mark.embedded
def test_the_folder_is_free_again_when_its_server_was_killed(tmp_path: Path) -> None:
    program = "import sys, pathlib; from chat.serving.lock import hold; hold(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyServed, match="Another server"):
            hold(tmp_path)
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    hold(tmp_path)
    lock._held.pop().close()


def test_a_restart_keeps_everything_and_seeds_nothing_twice(server_factory: Callable[..., Server]) -> None:
    server = server_factory(fresh=True)
    records = Records(server.installation)
    tables = ("agents_technician", "customers_inbox", "customers_customer", "chat_conversation", "chat_event")
    before = [records.count(table) for table in tables]
    assert all(before)
    began = time.monotonic()
    assert server.stop() == 0, server.last_words()
    assert time.monotonic() - began < 15
    server.start()
    assert [records.count(table) for table in tables] == before
    assert "Rapport is ready at" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


def test_it_says_at_once_where_it_is_also_into_a_file(
    installation_factory: Callable[..., Installation],
) -> None:
    server = installation_factory().server(PYTHONUNBUFFERED="")
    deadline = time.monotonic() + 10
    while "Rapport is ready at" not in server.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert server.process is not None
    assert server.process.poll() is None


def test_static_files_are_collected_once(
    settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def collect(command: str, **options: object) -> None:
        calls.append(command)
        (tmp_path / "static").mkdir(exist_ok=True)

    monkeypatch.setattr(prepare, "call_command", collect)
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"  # type: ignore[attr-defined]
    prepare.static_files()
    prepare.static_files()
    assert calls == ["collectstatic"]
    (tmp_path / "static.stamp").write_text("another time")
    prepare.static_files()
    (tmp_path / "static").rmdir()
    prepare.static_files()
    assert calls == ["collectstatic"] * 3


@pytest.mark.django_db
def test_there_is_no_migration_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
