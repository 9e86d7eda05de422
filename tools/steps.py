"""Steps of a check, run one after another, and the table that says how each ended."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.environment import ROOT

LONGEST = 1200  # seconds; a step that takes longer hangs
GRACE = 30  # seconds an interrupted step has to stop the servers it started
NO_TESTS = 5  # pytest's exit status when it found nothing to run

PASSED, FAILED, NOT_RUN = "passed", "FAILED", "NOT RUN"


@dataclass(frozen=True)
class Step:
    """One command. `counts` asks pytest for its figures, so that skipped tests are not taken for run.

    `longest`: seconds after which it is taken to hang.
    """

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    counts: bool = False
    longest: float = LONGEST


@dataclass(frozen=True)
class Row:
    """How a step ended."""

    name: str
    result: str
    seconds: float
    detail: str = ""


@dataclass
class Report:
    """What was run, in order. Anything failed or left out makes the whole fail."""

    rows: list[Row] = field(default_factory=list)

    def run(self, step: Step) -> None:
        """Run a step with its output going straight to the terminal."""
        print(f"\n── {step.name}: {shlex.join(map(str, _shown(step.command)))}", flush=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="rapport-step-") as folder:
            figures = Path(folder) / "figures.xml"
            command = [*step.command, f"--junitxml={figures}"] if step.counts else step.command
            status = _call(command, step.environment, step.longest)
            result, detail = _judge(status, figures) if step.counts else (FAILED if status else PASSED, "")
        self.rows.append(Row(step.name, result, time.monotonic() - started, detail))

    def left_out(self, name: str, why: str) -> None:
        """Note, loudly, that a part could not be run."""
        print(f"\n── {name}: NOT RUN: {why}", flush=True)
        self.rows.append(Row(name, NOT_RUN, 0.0, why.splitlines()[0]))

    def close(self) -> int:
        """Print the table; the exit status of the whole."""
        width = max([len(row.name) for row in self.rows], default=0)
        print("\n" + "step".ljust(width) + "  result   seconds")
        for row in self.rows:
            line = f"{row.name.ljust(width)}  {row.result.ljust(7)}  {row.seconds:7.1f}  {row.detail}"
            print(line.rstrip())
        print(f"{'all'.ljust(width)}           {sum(row.seconds for row in self.rows):7.1f}")
        failed = [row.name for row in self.rows if row.result == FAILED]
        missing = [row.name for row in self.rows if row.result == NOT_RUN]
        if failed:
            print(f"FAILED: {', '.join(failed)}")
        if missing:
            print(f"NOT RUN: {', '.join(missing)}")
        sys.stdout.flush()
        return 1 if failed or missing or not self.rows else 0


def _shown(command: Sequence[str | Path]) -> list[str]:
    """The command as one would type it in the project's folder."""
    program, *arguments = (str(part) for part in command)
    return [Path(program).name, *(part.removeprefix(f"{ROOT}/") for part in arguments)]


def _call(command: Sequence[str | Path], environment: Mapping[str, str], longest: float) -> int:
    """The exit status. However we are interrupted, the step has ended when this returns or raises."""
    process = subprocess.Popen(
        [str(part) for part in command], cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL
    )
    try:
        return process.wait(longest)
    except subprocess.TimeoutExpired:
        print(f"It still runs after {longest:.0f} s and is ended.", file=sys.stderr, flush=True)
        process.terminate()
        return 124
    except SystemExit:
        process.terminate()  # Ctrl-C reached it through the terminal; our own SIGTERM did not
        raise
    finally:
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _judge(status: int, figures: Path) -> tuple[str, str]:
    """Result and detail of a pytest run; a skipped test counts as not run."""
    try:
        suites = list(ElementTree.parse(figures).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return FAILED, "pytest did not get to the end"
    tests, skipped, broken = (
        sum(int(suite.get(name, 0)) for suite in suites for name in names)
        for names in (("tests",), ("skipped",), ("failures", "errors"))
    )
    detail = f"{tests} tests" + f", {broken} failed" * bool(broken) + f", {skipped} skipped" * bool(skipped)
    if status == NO_TESTS or tests == 0:
        return NOT_RUN, "no test was found"
    if status:
        return FAILED, detail
    return (NOT_RUN if skipped else PASSED), detail
