"""Pictures for somebody to look at, and what a machine can see in them."""

from __future__ import annotations

from playwright.sync_api import Page

from tools.environment import ROOT

PICTURES = ROOT / ".build" / "pictures"
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def look(page: Page, name: str) -> None:
    """Keep a picture; fail where something sticks out sideways."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}.png"))
    for frame in page.frames:
        content, window = frame.evaluate(WIDTHS)
        assert content <= window, f"{name}: {frame.url} is {content} wide in {window}"
