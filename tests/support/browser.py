"""A real Chromium. Every page is watched: a script error or a refused resource fails the test that saw it."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.support.background import Background
from tools.environment import ROOT
from tools.services import find_chromium

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"]
PICTURES = ROOT / ".build" / "failed"
FAILED = pytest.StashKey[bool]()

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
KINDS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
        "user_agent": "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Mobile Safari/537.36",
    },
    "dark": {"color_scheme": "dark"},
    "rtl": {"locale": "ar"},
}


class OpenPage(Protocol):
    """How a test gets a page."""

    def __call__(self, kind: str = "desktop", *, base_url: str | None = None, **context: Any) -> Page:
        """A page in a profile of its own; `kind` is desktop, phone, dark or rtl.

        `base_url` is the session's server unless given; `context` goes to `Browser.new_context`, for example
        `storage_state` of an earlier visit.
        """


class Watch:
    """What pages complained of. `tolerate` takes a pattern for what a test brings about on purpose."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._tolerated: list[re.Pattern[str]] = []

    def tolerate(self, pattern: str) -> None:
        """Complaints that match are expected in this test."""
        self._tolerated.append(re.compile(pattern))

    def follow(self, page: Page) -> None:
        """Listen to a page and its frames. Violations of the content security policy are console errors."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))

    def remaining(self) -> list[str]:
        """The complaints that nobody expected."""
        return [p for p in self.problems if not any(pattern.search(p) for pattern in self._tolerated)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure for the fixture that takes pictures of it."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of the run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        expect.set_options(timeout=10_000)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Watch:
    """Complaints of this test's pages."""
    return Watch()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, chromium: Browser, watch: Watch) -> Iterator[OpenPage]:
    """Opens pages; afterwards fails the test if one of them complained, and keeps pictures of a failure."""
    contexts: list[BrowserContext] = []

    def make(kind: str = "desktop", *, base_url: str | None = None, **context: Any) -> Page:
        address = base_url or request.getfixturevalue("server").url
        made = chromium.new_context(**{**DESKTOP, **KINDS[kind], "base_url": address, **context})
        made.on("page", watch.follow)
        made.set_default_timeout(10_000)
        contexts.append(made)
        return made.new_page()

    yield make

    if request.node.stash.get(FAILED, False):
        _keep_pictures(request.node.nodeid, contexts)
    for context in contexts:
        context.close()
    assert not watch.remaining(), "\n".join(watch.remaining())


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page on a desktop."""
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page on a phone, 360 pixels wide, with touch."""
    return open_page("phone")


@pytest.fixture
def dark(open_page: OpenPage) -> Page:
    """A page of somebody who prefers dark colours."""
    return open_page("dark")


@pytest.fixture
def rtl(open_page: OpenPage) -> Page:
    """A page of somebody who reads from right to left."""
    return open_page("rtl")


@pytest.fixture
def background() -> Iterator[Background]:
    """Runs protocol clients beside the browser: `ana = background(...)`."""
    loop = Background()
    yield loop
    loop.close()


def _keep_pictures(test: str, contexts: list[BrowserContext]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]+", "-", test)[-120:]
    for number, page in enumerate(page for context in contexts for page in context.pages):
        path: Path = PICTURES / f"{stem}-{number}.png"
        page.screenshot(path=path)
        print(f"picture: {path}")
