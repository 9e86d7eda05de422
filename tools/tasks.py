"""The tasks a person types: run, similar, test, soak, bench, check, format, lock, clean."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from tools import checks
from tools.environment import (
    DEVELOPMENT,
    PYTHON,
    ROOT,
    RUNTIME,
    SIMILAR,
    VENV,
    SetupError,
    prepare,
    variables,
)
from tools.lock import make_locks
from tools.memory import files_in_memory
from tools.services import NotAvailable, PostgreSQL, Redis, find_chromium, find_nginx
from tools.steps import Report

CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis", ".build")


def main(arguments: Sequence[str]) -> int:
    """Run the task named first; the exit status."""
    name, *rest = arguments or ["help"]
    task = TASKS.get(name)
    if task is None:
        print(f"There is no task {name!r}.\n", file=sys.stderr)
        show_help([])
        return 2
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    try:
        return task(rest)
    except SetupError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def show_help(_: Sequence[str]) -> int:
    """Say which tasks there are."""
    print("make TASK, or: python3 tools/rapport.py TASK\n")
    for name, task in TASKS.items():
        print(f"  {name:<8}{(task.__doc__ or '').splitlines()[0]}")
    print("\nRAPPORT_VENV: another place for the packages.")
    print(
        "run reads HOST, PORT, DATA_DIR, DATABASE_URL, REDIS_URL, DEMO, DEMO_PASSWORD and the other settings;"
    )
    print(
        "test reads TEST_DATABASE_URL, TEST_REDIS_URL and CHROMIUM, to use what is already there, and TMPDIR."
    )
    return 0


def run(arguments: Sequence[str]) -> int:
    """Install what Rapport needs and serve it, with the demo unless DEMO=false."""
    prepare(RUNTIME)
    environment = variables(DEMO=os.environ.get("DEMO") or "true")
    sys.stdout.flush()
    # In place of this process: Ctrl-C and SIGTERM reach the server itself, and nothing stays behind.
    os.execve(PYTHON, [str(PYTHON), "manage.py", "serve", *arguments], environment)


def similar(_: Sequence[str]) -> int:
    """Install sentence embeddings for similar problems (90 MB, English)."""
    prepare(RUNTIME)
    prepare(SIMILAR)
    print("Installed. The next start uses them; SIMILAR=text goes without.")
    return 0


def check(_: Sequence[str]) -> int:
    """The quick loop: lint, types, contracts, JavaScript, unit tests."""
    prepare(DEVELOPMENT)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="rapport-check-") as data_dir:
        for step in checks.quick_steps(data_dir):
            report.run(step)
    report.run(checks.unit_tests("embedded", checks.clean_environment()))
    return report.close()


def test(arguments: Sequence[str]) -> int:
    """Every check and every test, on SQLite and on PostgreSQL with Redis; arguments go to pytest instead."""
    prepare(DEVELOPMENT)
    report = Report()
    with contextlib.ExitStack() as stack:
        if folder := stack.enter_context(files_in_memory()):
            print(f"Temporary files are in memory, in {folder}; TMPDIR=/tmp puts them on the disk.")
        environments = _environments(report, stack)
        if arguments:
            for name, environment in environments.items():
                report.run(checks.chosen_tests(name, environment, arguments))
            return report.close()
        for step in checks.quick_steps(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="rapport-check-"))
        ):
            report.run(step)
        for name, environment in environments.items():
            report.run(checks.unit_tests(name, environment))
            for step in checks.slow_tests(name, environment):
                report.run(step)
        return report.close()


def soak(arguments: Sequence[str]) -> int:
    """The fault tests at length, on both databases: tables in .build/soak.txt; arguments go to pytest instead."""
    minutes = _minutes()
    prepare(DEVELOPMENT)
    report, told = Report(), ROOT / ".build" / "soak.txt"
    told.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        for name, environment in _environments(report, stack).items():
            report.run(checks.soak(name, environment, minutes, arguments))
    status = report.close()
    if told.exists():
        print(f"\n{told.read_text()}\nThe tables are in {told.relative_to(ROOT)}.")
    return status


def bench(arguments: Sequence[str]) -> int:
    """Measure everything that docs/performance.md shows, and write its tables; arguments: bench --help."""
    prepare(DEVELOPMENT)
    with contextlib.ExitStack() as stack:
        try:
            chromium = find_chromium(install=True)
            database = stack.enter_context(PostgreSQL(buffers=_a_quarter_of_the_memory()))
            redis = stack.enter_context(Redis())
        except NotAvailable as problem:
            raise SetupError(f"Everything is measured, or nothing: {problem}.") from problem
        if redis.imitated:
            raise SetupError("Figures taken with an imitation of Redis say nothing; install redis-server.")
        environment = checks.clean_environment(
            CHROMIUM=chromium, DATABASE_URL=database.url, REDIS_URL=redis.url
        )
        return subprocess.call([PYTHON, "-m", "tests.load.bench", *arguments], env=environment)


def format_files(_: Sequence[str]) -> int:
    """Rewrite Python, templates and JavaScript into the project's form."""
    prepare(DEVELOPMENT)
    report = Report()
    for step in checks.format_steps():
        report.run(step)
    return report.close()


def lock(_: Sequence[str]) -> int:
    """Renew requirements.txt and requirements-dev.txt from pyproject.toml."""
    return make_locks()


def clean(_: Sequence[str]) -> int:
    """Remove the virtual environment and what tools left; never data."""
    for name in CACHES:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in ROOT.rglob("__pycache__"):
        if ".venv" not in folder.parts:
            shutil.rmtree(folder, ignore_errors=True)
    if (VENV / "pyvenv.cfg").is_file():
        shutil.rmtree(VENV)
    return 0


TASKS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": run,
    "similar": similar,
    "test": test,
    "soak": soak,
    "bench": bench,
    "check": check,
    "format": format_files,
    "lock": lock,
    "clean": clean,
    "help": show_help,
}


def _a_quarter_of_the_memory() -> int:
    """Megabytes, at most 4,096: what PostgreSQL's manual and docs/scaling.md say it should have."""
    return min(4096, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 2**20)


def _minutes() -> float:
    """SOAK_MINUTES: how long one database is tried, 1 to 720. Raises SetupError for anything else."""
    given = os.environ.get("SOAK_MINUTES", "").strip() or "30"
    try:
        minutes = float(given)
    except ValueError:
        minutes = 0
    if not 1 <= minutes <= 720:
        raise SetupError(f"SOAK_MINUTES must be a number between 1 and 720; it is {given!r}.")
    return minutes


def _environments(report: Report, stack: contextlib.ExitStack) -> dict[str, dict[str, str]]:
    """The variables of each test run, its services started; what cannot be had is noted in the report."""
    chromium = {}
    try:
        chromium["CHROMIUM"] = find_chromium(install=True)
    except NotAvailable as problem:
        report.left_out("Chromium", str(problem))
    try:
        find_nginx()
    except NotAvailable as problem:
        report.left_out("nginx", str(problem))
    embedded = checks.clean_environment(**chromium)
    # What kills a PostgreSQL starts one of its own, which waits for the disk.
    database = _address(report, stack, "PostgreSQL", "TEST_DATABASE_URL", lambda: PostgreSQL(durable=False))
    redis = _address(report, stack, "Redis", "TEST_REDIS_URL", Redis)
    if not (database and redis):
        report.left_out("production: all tests", "PostgreSQL and Redis are needed")
        return {"embedded": embedded}
    return {"embedded": embedded, "production": embedded | {"DATABASE_URL": database, "REDIS_URL": redis}}


def _address(
    report: Report,
    stack: contextlib.ExitStack,
    name: str,
    variable: str,
    make: Callable[[], PostgreSQL | Redis],
) -> str | None:
    """The address in `variable`, else of a service started for this run; None when there is none."""
    given = os.environ.get(variable)
    if given:
        print(f"{name}: {variable}")
        return given
    try:
        service = make()
        stack.enter_context(service)
    except (NotAvailable, RuntimeError) as problem:
        report.left_out(name, str(problem))
        return None
    if isinstance(service, Redis) and service.imitated:
        report.left_out("real Redis", "no redis-server here; the tests run on fakeredis, an imitation")
    print(f"{name}: our own, on port {service.port}", flush=True)
    return service.url


def _end(number: int, _: FrameType | None) -> NoReturn:
    """SIGTERM unwinds like an exception, so that what was started is stopped."""
    raise SystemExit(128 + number)
