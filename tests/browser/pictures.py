"""Pictures for somebody to look at, and what a machine can see in them."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

from tools.environment import ROOT

PICTURES = ROOT / ".build" / "pictures"
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
TURN = "direction => { document.documentElement.dir = direction }"
#: Longer than any change of colour takes.
SETTLED = 250


def look(page: Page, name: str) -> None:
    """Keep a picture; fail where something sticks out sideways."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}.png"))
    for frame in page.frames:
        content, window = frame.evaluate(WIDTHS)
        assert content <= window, f"{name}: {frame.url} is {content} wide in {window}"


def accessible(page: Page | Frame) -> None:
    """Fail with the accessibility rules that do not hold."""
    found: Any = Axe().run(page)
    assert not found.response["violations"], found.generate_report()


def inspect(page: Page, name: str, kind: str, frame: Frame | None = None) -> None:
    """Look at a page, and whether it, or `frame` in it, is accessible; on a desktop in the dark too."""
    look(page, f"{name}-{kind}")
    accessible(frame or page)
    if kind == "desktop":
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(SETTLED)
        look(page, f"{name}-dark")
        accessible(frame or page)
        page.emulate_media(color_scheme="light")
        page.wait_for_timeout(SETTLED)


def inspect_turned(page: Page, name: str, kind: str) -> None:
    """The same, and on a desktop also laid out from right to left: for pages that speak English only so far."""
    inspect(page, name, kind)
    if kind == "desktop":
        page.evaluate(TURN, "rtl")
        look(page, f"{name}-rtl")
        page.evaluate(TURN, "ltr")
