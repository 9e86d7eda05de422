"""The tables of docs/performance.md: there is a place for each, and goals that are missed are called missed."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.load.bench.__main__ import PAGE, sections_of
from tests.load.bench.goals import goals
from tests.load.bench.page import rewrite
from tests.load.bench.runs import all_runs
from tests.load.figures import Numbers


def load(rate: float, p50: float = 2.0) -> Numbers:
    """What one run of `tests.load` says."""
    stretch = {"load": "x", "rate": rate, "milliseconds": [p50, 4.0, 9.0], "cpu": 0.2, "memory": 2**27}
    stretch |= {"client": 0.5, "of_echo": 0.2, "errors": 0, "overtaken": 0}
    idle = {"sockets": 1000, "memory": 20_000, "cpu": 0.0004, "connected": 99}
    back = {"lost": 0, "doubled": 0, "disordered": 0, "stored": 5}
    return {name: dict(stretch) for name in ("echo", "light", "flood")} | {"idle": idle, "read back": back}


def everything() -> dict[str, Any]:
    """What all runs say, every goal kept."""
    herd = {
        "how": "killed",
        "clients": 5000,
        "seconds": [1.0, 2.0, 3.0],
        "tries": 1.5,
        "closes": {"1012": 5000},
    }
    herds = {"herds": [herd | {"lost": 0, "doubled": 0}]}
    names = ("server: newest page, socket", "browser: click until the newest message")
    steps = [{"step": name, "milliseconds": [20.0, 30.0, 40.0], "bytes": 9000} for name in names]
    kinds = {kind: [4.0, 5.0, 6.0] for kind in ("session", "hello", "card", "both", "claim", "disk")}
    size = kinds | {"customers": 1_000_000, "cpu": 20.0, "won once": 200, "claims": 200}
    return {
        "machine": "two cores of a test",
        "embedded": load(4_000),
        "uvicorn": load(6_000),
        "one": load(6_000),
        **dict.fromkeys(("two", "uvicorn one", "uvicorn two"), load(9_000)),
        "history": {"messages": 10_000, "steps": steps},
        "herd": herds,
        "herd production": deepcopy(herds),
        "file": {"sizes": [size]},
    }


def test_the_page_has_a_place_for_every_table(tmp_path: Path) -> None:
    sections = sections_of(all_runs("10000", "", 5_000), everything())
    page = tmp_path / "performance.md"
    page.write_text(PAGE.read_text())
    rewrite(page, sections)
    rewrite(page, sections)
    written = page.read_text()
    shown = re.findall(r"<!-- figures: ([^>]*) -->\n(.*?)<!-- end -->", written, re.DOTALL)
    assert {name: text.strip() for name, text in shown} == sections
    outside = re.compile(r"(<!-- figures: [^>]* -->).*?(<!-- end -->)", re.DOTALL)
    assert outside.sub(r"\1\2", written) == outside.sub(r"\1\2", PAGE.read_text())


def test_a_page_without_a_place_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- figures: flood -->\n<!-- end -->\n")
    with pytest.raises(ValueError, match="0 places for the figures of 'idle'"):
        rewrite(page, {"flood": "new", "idle": "new"})
    assert "new" not in page.read_text()


def test_all_goals_can_be_kept() -> None:
    assert [goal.what for goal in goals(everything()) if not goal.kept] == []


@pytest.mark.parametrize(
    ("path", "worse"),
    [
        (("embedded", "light", "milliseconds"), [3.1, 4, 9]),
        (("embedded", "light", "milliseconds"), [2, 4, 15.1]),
        (("embedded", "flood", "rate"), 3_499),
        (("one", "flood", "rate"), 4_499),
        (("uvicorn", "flood", "rate"), 4_549),
        (("two", "flood", "rate"), 5_900),
        (("one", "flood", "cpu"), 0.36),
        (("embedded", "read back", "lost"), 1),
        (("embedded", "read back", "disordered"), 1),
        (("one", "idle", "cpu"), 0.0006),
        (("embedded", "idle", "memory"), 41 * 1024),
        (("history", "steps", 0, "bytes"), 60_001),
        (("history", "steps", 1, "milliseconds"), [301.0, 301, 301]),
        (("file", "sizes", 0, "both"), [5, 6, 51.0]),
        (("file", "sizes", 0, "claim"), [5, 6, 10.1]),
        (("file", "sizes", 0, "won once"), 199),
        (("file", "sizes", 0, "customers"), 999_999),
        (("herd", "herds", 0, "seconds"), [1, 2, 60.1]),
        (("herd", "herds", 0, "lost"), 1),
        (("herd production", "herds", 0, "clients"), 4_999),
    ],
)
def test_a_goal_that_is_missed_is_called_missed(path: tuple[Any, ...], worse: object) -> None:
    found = everything()
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = worse
    assert any(not goal.kept for goal in goals(found))
