"""Servers from a fork for fault tests; at their end one table of what became of every message, in a soak on file too."""

from __future__ import annotations

import os
import platform
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.faults import profile, verifier
from tests.faults.forked import BRISK, Forked
from tests.support.installation import Installation
from tools.environment import ROOT

KEPT = "fault runs"
REPORT = ROOT / ".build" / "soak.txt"


@pytest.fixture(scope="session")
def forked() -> Iterator[Forked]:
    """What forks servers for the tests of the run, on an installation that they share: `with forked.serving():`."""
    installation = Installation()
    server = Forked(installation, BRISK)
    try:
        yield server
    finally:
        server.close()
        installation.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Rows travel with the test's report, so that they arrive from another process too."""
    report = yield
    if call.when == "call" and verifier.shown:
        report.user_properties.append((KEPT, [row[:] for row in verifier.shown]))
        verifier.shown.clear()
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, and keep it where this is a soak."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())]
    rows = [row for one in reports for name, rows in one.user_properties if name == KEPT for row in rows]
    if not rows:
        return
    table = verifier.table(rows)
    terminalreporter.write_sep("=", "what became of every message")
    terminalreporter.write_line(table)
    if profile.SOAK:
        REPORT.parent.mkdir(exist_ok=True)
        with REPORT.open("a") as report:
            report.write(
                f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n\n"
            )
            report.write(f"{table}\n\n")
