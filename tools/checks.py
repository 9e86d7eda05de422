"""Which steps there are: the quick ones and the test runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tools.environment import PYTHON, ROOT, VENV, variables
from tools.steps import Step

# What configures an installation must not leak into its tests.
OF_AN_INSTALLATION = (
    *("ALLOWED_HOSTS", "BEHIND_PROXY", "DATABASE_URL", "DATA_DIR", "DEBUG", "DEMO", "DEMO_PASSWORD", "HOST"),
    *(
        "EMAIL_URL",
        "LOG_LEVEL",
        "MAIL_FROM",
        "PORT",
        "PROCESSES",
        "PUBLIC_URL",
        "PYTEST_ADDOPTS",
        "REDIS_URL",
        "SECRET_KEY",
    ),
    "WORKER",
)

IN_PROCESS = "not server and not browser and not faults"
WITH_SERVERS = "(server or faults) and not browser"
WITH_BROWSER = "browser"
CORES = os.cpu_count() or 1
#: Shown, so that a test that has become slow is seen.
SLOWEST = ("--durations", "15")
#: The tests of a file stay together and share its servers; the files come in the order of tests/conftest.py.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")


def clean_environment(**more: str) -> dict[str, str]:
    """The virtual environment's variables without those that configure an installation, and `more`."""
    kept = variables(DENO_NO_UPDATE_CHECK="1", DENO_NO_PROMPT="1", NO_UPDATE_NOTIFIER="1")
    dropped = {*OF_AN_INSTALLATION, "PYTHONDONTWRITEBYTECODE"}  # tests start our own code dozens of times
    return {name: value for name, value in kept.items() if name not in dropped} | more


def quick_steps(data_dir: str) -> list[Step]:
    """Lint, format, types, contracts, templates, JavaScript, migrations. `data_dir` is for settings only."""
    environment = clean_environment(DATA_DIR=data_dir)
    programs: list[tuple[str, Sequence[str | Path]]] = [
        ("ruff: lint", [_program("ruff"), "check", "--quiet", "--output-format", "concise"]),
        ("ruff: format", [_program("ruff"), "format", "--check", "--quiet", "--output-format", "concise"]),
        ("mypy", [_program("mypy")]),
        ("import contracts", [_program("lint-imports"), "--no-cache", "--no-logo"]),
        ("djlint: lint", [_program("djlint"), "--lint", "--quiet", ROOT / "templates"]),
        ("djlint: format", [_program("djlint"), "--check", "--quiet", ROOT / "templates"]),
        ("JavaScript: lint", [_program("deno"), "lint", "--quiet"]),
        ("JavaScript: format", [_program("deno"), "fmt", "--check", "--quiet"]),
        ("JavaScript: types", [_program("deno"), "check", "--quiet", *_scripts()]),
        ("JavaScript: tests", [_program("deno"), "test", "--quiet", "--no-remote", ROOT / "tests" / "js"]),
        ("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ]
    return [Step(name, command, environment) for name, command in programs]


def format_steps() -> list[Step]:
    """What rewrites files into the project's form."""
    environment = clean_environment()
    programs: list[tuple[str, Sequence[str | Path]]] = [
        ("ruff: imports", [_program("ruff"), "check", "--quiet", "--fix-only"]),
        ("ruff: format", [_program("ruff"), "format", "--quiet"]),
        ("djlint", [_program("djlint"), "--reformat", "--quiet", "--warn", ROOT / "templates"]),
        ("JavaScript", [_program("deno"), "fmt", "--quiet"]),
    ]
    return [Step(name, command, environment) for name, command in programs]


def unit_tests(name: str, environment: Mapping[str, str]) -> Step:
    """The tests that need no process beside pytest, on every core."""
    return _pytest(f"{name}: unit tests", environment, "-n", str(CORES), "-m", IN_PROCESS)


def slow_tests(name: str, environment: Mapping[str, str]) -> list[Step]:
    """The tests with servers and browsers of their own."""
    return [
        # They wait for their servers a part of the time: one more than there are cores.
        _pytest(
            f"{name}: servers", environment, "-n", str(CORES + 1), *BY_FILE, *SLOWEST, "-m", WITH_SERVERS
        ),
        # Playwright keeps an event loop running in the main thread, which tests of coroutines cannot share.
        _pytest(
            f"{name}: browser", environment, "-n", str(CORES + 1), *BY_FILE, *SLOWEST, "-m", WITH_BROWSER
        ),
    ]


def chosen_tests(name: str, environment: Mapping[str, str], arguments: Sequence[str]) -> Step:
    """pytest with the arguments somebody typed."""
    return _pytest(name, environment, *arguments)


#: Seconds in which a soak ends what it has begun: of each fault there are rounds that nothing cuts short.
ENDING = 3600
#: What `make soak` runs.
LASTING = ["tests/faults", "tests/browser/test_unsent.py", "tests/browser/test_polling.py"]


def soak(name: str, environment: Mapping[str, str], minutes: float, arguments: Sequence[str]) -> Step:
    """The fault tests at length: they begin nothing new after so many minutes; what they have begun may end."""
    long = {**environment, "SOAK": "1", "SOAK_MINUTES": f"{minutes:g}"}
    step = _pytest(f"{name}: soak", long, *(arguments or LASTING))
    return replace(step, longest=minutes * 60 + ENDING)


def _pytest(name: str, environment: Mapping[str, str], *arguments: str) -> Step:
    return Step(name, [PYTHON, "-m", "pytest", "-q", *arguments], environment, counts=True)


def _program(name: str) -> Path:
    return VENV / "bin" / name


def _scripts() -> list[Path]:
    return sorted([*ROOT.glob("static/**/*.js"), *ROOT.glob("tests/js/**/*.js")])
