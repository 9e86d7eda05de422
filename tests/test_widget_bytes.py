"""What a visitor's browser has to fetch, as it is served: smaller, then gzip."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import minify

STATIC = Path(__file__).resolve().parent.parent / "static"
KINDS = {".js": "application/javascript", ".css": "text/css"}
LOADER, OPEN, LATER = (
    2_560,
    30_000,
    10_000,
)  # bytes; the launcher, the open widget, what comes when one writes


def test_the_loader_is_small() -> None:
    assert sent(STATIC / "widget/loader.js") <= LOADER


def test_the_open_widget_is_small() -> None:
    first = modules(STATIC / "widget/main.js")
    later = modules(STATIC / "widget/talk.js") | modules(STATIC / "widget/start.js")
    page = len(gzip.compress((STATIC.parent / "templates/widget/frame.html").read_bytes()))
    styles = [STATIC / "shared/tokens.css", STATIC / "widget/widget.css"]
    assert page + sum(sent(file) for file in [*first, *styles]) <= OPEN
    assert sum(sent(file) for file in later - first) <= LATER


def sent(file: Path) -> int:
    return len(gzip.compress(minify.string(KINDS[file.suffix], file.read_text()).encode(), 9))


def modules(file: Path, found: set[Path] | None = None) -> set[Path]:
    """The file and everything it imports at once (not what it imports when needed)."""
    found = set() if found is None else found
    if file not in found:
        found.add(file)
        for name in re.findall(
            r'(?m)^(?:import|export|\})[^"\n]*from "(\.[^"]+)"|^import "(\.[^"]+)"', file.read_text()
        ):
            modules((file.parent / (name[0] or name[1])).resolve(), found)
    return found
