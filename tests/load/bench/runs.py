"""Which programs are run, on what, and what they said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from tests.load.figures import JSON, Numbers
from tools.environment import ROOT

#: A program that has not ended by then hangs.
LONGEST = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Run:
    """`python -m program arguments`, on PostgreSQL and Redis if `production`; `key` names what it found."""

    key: str
    title: str
    program: str
    arguments: tuple[str, ...] = ()
    production: bool = False

    @property
    def repeated(self) -> bool:
        """Whether it is short enough to be run more than once."""
        return self.program == "tests.load" and "herd" not in self.arguments


def _load(key: str, title: str, server: str, processes: int, *, production: bool, idle: bool = False) -> Run:
    only = "echo,light,flood,idle" if idle else "echo,light,flood"
    arguments = ("--server", server, "--processes", str(processes), "--only", only)
    return Run(key, title, "tests.load", arguments, production)


def all_runs(customers: str, filled: str, herd: int) -> list[Run]:
    """Every run; `customers`: sizes of databases that are made, `filled`: the address of one that is there, or ''."""
    sizes = ("--customers", customers, *(("--filled", filled) if filled else ()))
    herds = ("--only", "herd", "--herd", str(herd), "--processes")
    return [
        _load("embedded", "Daphne, SQLite", "daphne", 1, production=False, idle=True),
        _load("uvicorn", "uvicorn, SQLite", "uvicorn", 1, production=False),
        _load("one", "Daphne, PostgreSQL and Redis", "daphne", 1, production=True, idle=True),
        _load("two", "2 × Daphne, PostgreSQL and Redis", "daphne", 2, production=True),
        _load("uvicorn one", "uvicorn, PostgreSQL and Redis", "uvicorn", 1, production=True),
        _load("uvicorn two", "2 × uvicorn, PostgreSQL and Redis", "uvicorn", 2, production=True),
        Run("history", "SQLite", "tests.load.history"),
        Run("herd", "SQLite", "tests.load", (*herds, "1")),
        Run("herd production", "PostgreSQL and Redis", "tests.load", (*herds, "1"), production=True),
        Run("file", "PostgreSQL", "tests.load.file", sizes, production=True),
    ]


def carry_out(
    runs: Sequence[Run], times: int, services: Mapping[str, str], keep: Callable[[Numbers], None]
) -> None:
    """Run all of them, `times` over where they are short, in turn.

    After each, `keep` is given the run with the middle rate of each so far. `services` are DATABASE_URL and REDIS_URL. Raises RuntimeError with what a program said when it failed: then
    something was lost, or it could not run.
    """
    found: dict[str, list[Numbers]] = {run.key: [] for run in runs}
    for time in range(times):
        for run in runs:
            if time == 0 or run.repeated:
                print(
                    f"{run.key} ({time + 1}): python -m {run.program} {' '.join(run.arguments)}", flush=True
                )
                found[run.key].append(_once(run, services))
                keep({key: _middle(some) for key, some in found.items() if some})


def _once(run: Run, services: Mapping[str, str]) -> Numbers:
    environment = {name: value for name, value in os.environ.items() if name not in services}
    command = [sys.executable, "-m", run.program, *run.arguments, "--format", JSON]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, **(services if run.production else {})},
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    if done.returncode:
        raise RuntimeError(
            f"python -m {run.program} ({run.key}) ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _middle(some: Sequence[Numbers]) -> Numbers:
    """The run whose rate lies in the middle, whole: figures of different runs are not mixed."""
    if len(some) == 1:
        return some[0]
    rate = median_low([one["flood"]["rate"] for one in some])
    return next(one for one in some if one["flood"]["rate"] == rate)
