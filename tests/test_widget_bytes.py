"""What a visitor's browser has to fetch, as it is served: smaller, then gzip."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import minify
import pytest

STATIC = Path(__file__).resolve().parent.parent / "static"
MAIN = STATIC / "widget/main.js"
KINDS = {".js": "application/javascript", ".css": "text/css"}
#: Bytes: the launcher; the open widget; what comes when one writes; what comes with a way back, with an ending.
LOADER, OPEN, LATER = 2_560, 30_000, 10_000
INCLUDED = re.compile(r'{% include "([^"]+)" %}')


def test_the_loader_is_small() -> None:
    assert sent(STATIC / "widget/loader.js") <= LOADER


def test_the_open_widget_is_small() -> None:
    page = len(gzip.compress(whole("widget/frame.html").encode()))
    styles = [STATIC / "shared/tokens.css", STATIC / "widget/widget.css"]
    assert page + sum(sent(file) for file in [*modules(MAIN), *styles]) <= OPEN


@pytest.mark.parametrize("locale", ["", "_de", "_ar"])
def test_what_comes_later_is_small(locale: str) -> None:
    first = modules(MAIN)
    writing = modules(STATIC / "widget/talk.js") | modules(STATIC / "widget/start.js")
    pages = modules(STATIC / "widget/pages.js") | {STATIC / f"widget/words_later{locale}.js"}
    ending = modules(STATIC / "widget/ending.js") | {STATIC / f"widget/words_later{locale}.js"}
    for part in (writing, pages, ending):
        assert sum(sent(file) for file in part - first) <= LATER
    own = {STATIC / f"widget/words{locale}.js"} - first
    assert sum(sent(file) for file in own) <= LATER


def test_no_module_is_left_out_of_these_figures() -> None:
    """Every module of the widget belongs to one of the parts measured here, so that none grows unseen."""
    roots = ["main", "talk", "start", "pages", "ending", "restored", "sound", "loader"]
    roots += [f"words{late}{locale}" for late in ("", "_later") for locale in ("", "_de", "_ar")]
    counted = set().union(*(modules(STATIC / f"widget/{name}.js") for name in roots))
    assert set((STATIC / "widget").glob("*.js")) <= counted


def whole(name: str) -> str:
    """A template with what it includes."""
    text = (STATIC.parent / "templates" / name).read_text()
    return INCLUDED.sub(lambda found: whole(found[1]), text)


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
