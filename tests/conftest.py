"""Fixtures and the sorting of tests into those that need nothing, a server, a browser, or a fault."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from tests.faults.profile import SOAK
from tests.support.installation import Installation, Server, made
from tests.support.prepared import SHARED, Prepared

pytest_plugins = ["tests.support.browser", "tests.support.cast"]

# A time limit for an example says more about what else the machine does than about the code.
hypothesis_settings.register_profile("rapport", deadline=None)
hypothesis_settings.load_profile("rapport")

#: Files whose tests take half a minute and more together.
LONG = {
    "test_kill.py",
    "test_outage.py",
    "test_full_disk.py",
    "test_replay.py",
    "test_guessing.py",
    "test_story.py",
    "test_mails.py",
    "test_machine.py",
    "test_logs.py",
    "test_slow.py",
    "test_nginx.py",
    "test_unsent.py",
}
SERVER_FIXTURES = {"server", "brisk", "server_factory", "installation_factory"}
ServerFactory = Callable[..., Server]
InstallationFactory = Callable[..., Installation]


def pytest_configure(config: pytest.Config) -> None:
    """SIGTERM, as a build server sends it to everybody at once, ends the run but not the cleaning up."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)
    if SHARED not in os.environ:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="rapport-run-")
        config.add_cleanup(_forget_prepared)


def _forget_prepared() -> None:
    folder = Path(os.environ.pop(SHARED))
    Prepared(folder).drop()
    shutil.rmtree(folder, ignore_errors=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Like the first Ctrl-C; what comes after it must not end the fixtures that stop servers."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that no mark is forgotten; leave out what is not meant for this mode.

    Left out, not skipped: a skip would say that something could not be shown. Browser tests go last, since
    Playwright's event loop stays in the main thread until the end; files that take long go first, so that no
    core waits for another's at the end.
    """
    absent = {"embedded", "looks"} if os.environ.get("REDIS_URL") else {"production"}
    if find_spec("numpy") is None:
        absent.add("similar")
    if not SOAK:
        absent.add("soak")
    unmeant = [item for item in items if any(map(item.get_closest_marker, absent))]
    if unmeant:
        config.hook.pytest_deselected(items=unmeant)
    items[:] = [item for item in items if item not in unmeant]
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if "chromium" in used:
            item.add_marker("browser")
        elif used & SERVER_FIXTURES:
            item.add_marker("server")
        if item.path.parent.name == "faults":
            item.add_marker("faults")
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None, item.path.name not in LONG))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the servers said last: they know why they refused something, and are gone afterwards."""
    report = yield
    if report.failed:
        for server in (one for one in made if one.log.exists()):
            report.sections.append((f"end of the log of {server.url}", server.last_words()))
    return report


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with the demo in a process of its own, shared by the tests of the run; limits are lifted.

    Tests on it start conversations of their own and count only those.
    """
    installation = Installation()
    try:
        yield installation.server()
    finally:
        installation.close()


@pytest.fixture
def installation_factory() -> Iterator[InstallationFactory]:
    """Makes installations with own data; arguments as for `Installation`. They end with the test."""
    installations: list[Installation] = []

    def make(**how: Any) -> Installation:
        installations.append(Installation(**how))
        return installations[-1]

    yield make
    for installation in installations:
        installation.close()


@pytest.fixture
def server_factory(installation_factory: InstallationFactory) -> ServerFactory:
    """Starts servers of the test's own.

    `beside=server` starts another process of that server's installation; otherwise it is a new one. Other
    arguments are settings from the environment, as HEARTBEAT="0.5"; `own_postgresql` and `fresh` as for
    `Installation`.
    """

    def start(*, beside: Server | None = None, **how: Any) -> Server:
        if beside is not None:
            return beside.installation.server(**how)
        return installation_factory(**how).server()

    return start
