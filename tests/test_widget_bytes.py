"""What a visitor's browser has to fetch, as it is served: smaller, then gzip."""

from __future__ import annotations

import pytest

from tests.support.weight import MAIN, STATIC, launcher_bytes, modules, sent, widget_bytes

#: Bytes: the launcher; the open widget; what comes when one writes; what comes with a way back, with an ending.
LOADER, OPEN, LATER = 2_560, 30_000, 10_000


def test_the_loader_is_small() -> None:
    assert launcher_bytes() <= LOADER


def test_the_open_widget_is_small() -> None:
    assert widget_bytes() <= OPEN


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
