"""The script behind `make`: what it installs, how it judges, and the services it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tools import environment, memory
from tools.services import PostgreSQL, Redis
from tools.services.process import family, free_port, listens
from tools.steps import FAILED, NOT_RUN, PASSED, Report, Step


def outcome(*lines: str, counts: bool = False) -> tuple[str, str, int]:
    """Result, detail and the report's exit status of a step that runs a little program."""
    report = Report()
    report.run(Step("step", [sys.executable, "-c", "\n".join(lines)], dict(os.environ), counts=counts))
    row = report.rows[0]
    return row.result, row.detail, report.close()


def pytest_outcome(*, status: int, **figures: int) -> tuple[str, str, int]:
    """The same for a program that writes figures as pytest does and ends with `status`."""
    attributes = " ".join(f'{name}="{value}"' for name, value in figures.items())
    return outcome(
        "import sys",
        "path = sys.argv[1].removeprefix('--junitxml=')",
        f"open(path, 'w').write('<testsuites><testsuite {attributes}/></testsuites>')",
        f"sys.exit({status})",
        counts=True,
    )


def test_a_step_passes_or_fails_by_its_exit_status() -> None:
    assert outcome("pass") == (PASSED, "", 0)
    assert outcome("raise SystemExit(3)") == (FAILED, "", 1)


def test_tests_that_did_not_run_make_the_whole_fail() -> None:
    assert pytest_outcome(status=0, tests=4, failures=0, errors=0, skipped=0) == (PASSED, "4 tests", 0)
    assert pytest_outcome(status=0, tests=4, skipped=1) == (NOT_RUN, "4 tests, 1 skipped", 1)
    assert pytest_outcome(status=1, tests=4, failures=1, errors=1) == (FAILED, "4 tests, 2 failed", 1)
    assert pytest_outcome(status=5, tests=0) == (NOT_RUN, "no test was found", 1)
    assert outcome("pass", counts=True) == (FAILED, "pytest did not get to the end", 1)


def test_a_part_left_out_is_named_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.left_out("PostgreSQL", "not found; run: something\nand more")
    assert report.close() == 1
    assert "NOT RUN: PostgreSQL" in capsys.readouterr().out


def test_nothing_run_is_not_success() -> None:
    assert Report().close() == 1


def test_a_folder_that_is_no_virtual_environment_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "letters").touch()
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "bin" / "python")
    with pytest.raises(environment.SetupError, match="left alone"):
        environment.prepare(environment.RUNTIME)
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters"]


def test_installing_starts_only_when_a_lock_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "some.txt").write_text("package==1")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "bin" / "python")
    installed: list[list[str]] = []
    monkeypatch.setattr(environment, "_install", lambda locks: installed.append(list(locks)))

    environment.prepare(["some.txt"])
    environment.prepare(["some.txt"])
    assert installed == [["some.txt"]]

    (tmp_path / "some.txt").write_text("package==2")
    environment.prepare(["some.txt"])
    assert len(installed) == 2


def test_an_old_python_is_told_so() -> None:
    """The entry must be readable by any Python; here it only pretends to be one."""
    entry = environment.ROOT / "tools" / "rapport.py"
    pretend = (
        f"import sys, runpy; sys.version_info = (3, 8); runpy.run_path({str(entry)!r}, run_name='__main__')"
    )
    said = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert said.returncode == 2
    assert "needs Python 3.11 or newer" in said.stderr


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    """SIGTERM, as a build server sends it, ends the step that runs and says so in the exit status."""
    mark = tmp_path / "pid"
    program = (
        "import sys, os; sys.path.insert(0, sys.argv[1])\n"
        "import signal; from tools import tasks; from tools.steps import Report, Step\n"
        "signal.signal(signal.SIGTERM, tasks._end)\n"
        "code = 'import os, sys, time; open(sys.argv[1], \"w\").write(str(os.getpid())); time.sleep(60)'\n"
        "Report().run(Step('long', [sys.executable, '-c', code, sys.argv[2]], dict(os.environ)))\n"
    )
    run = subprocess.Popen([sys.executable, "-c", program, str(environment.ROOT), str(mark)])
    deadline = time.monotonic() + 20
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    run.send_signal(signal.SIGTERM)
    assert run.wait(20) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_descendants_are_found() -> None:
    child = subprocess.Popen(["sh", "-c", "sleep 30 & wait"])
    try:
        deadline = time.monotonic() + 10
        while len(family(child.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(family(child.pid)) == 2
        assert family(child.pid)[0] == child.pid
    finally:
        for pid in family(child.pid):
            os.kill(pid, signal.SIGKILL)
        child.wait()


def test_a_free_port_is_outside_the_range_given_to_clients() -> None:
    port = free_port()
    assert port < 32_768
    assert not listens(port)


@pytest.mark.faults
@pytest.mark.production
def test_postgresql_survives_a_crash_and_leaves_nothing_behind() -> None:
    with PostgreSQL() as postgresql:
        with psycopg.connect(postgresql.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
            fsync = connection.execute("SHOW fsync").fetchone()
        assert fsync == ("on",)
        postgresql.kill()
        postgresql.start()
        with psycopg.connect(postgresql.url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
        postgresql.pause()
        assert not postgresql.answers()
        postgresql.resume()
        assert postgresql.answers()
        folder, port = postgresql.folder, postgresql.port
    assert not folder.exists()
    assert not listens(port)


@pytest.mark.faults
@pytest.mark.production
def test_redis_restarts_empty_on_the_same_port() -> None:
    with Redis() as service:
        with redis.Redis.from_url(service.url) as client:
            client.set("kept", "no")
        service.restart()
        with redis.Redis.from_url(service.url) as client:
            assert client.get("kept") is None
    assert not listens(service.port)


@pytest.fixture
def shared_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that stands for the file system in memory, with enough of everything."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(memory, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(memory, "LEAST_PLACE", 0)
    monkeypatch.setattr(memory, "LEAST_MEMORY", 0)
    return tmp_path


def test_temporary_files_are_in_memory_for_the_block(shared_memory: Path) -> None:
    with memory.files_in_memory() as folder:
        assert folder is not None
        assert folder.parent == shared_memory
        assert Path(tempfile.mkdtemp()).parent == folder
        told = subprocess.run(
            [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"], capture_output=True
        )
        assert told.stdout.decode().strip() == str(folder)
    assert list(shared_memory.iterdir()) == []
    assert "TMPDIR" not in os.environ
    assert tempfile.gettempdir() != str(folder)


@pytest.mark.parametrize("lacking", ["LEAST_PLACE", "LEAST_MEMORY"])
def test_with_little_memory_they_stay_on_the_disk(
    shared_memory: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    monkeypatch.setattr(memory, lacking, 1 << 60)
    with memory.files_in_memory() as folder:
        assert folder is None
    assert list(shared_memory.iterdir()) == []


def test_where_somebody_says_where_they_are_they_stay(
    shared_memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/tmp")
    with memory.files_in_memory() as folder:
        assert folder is None
    assert os.environ["TMPDIR"] == "/tmp"
