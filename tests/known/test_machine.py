"""A browser never receives a byte of a customer for whom it holds no live proof."""

from __future__ import annotations

import os

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.known.hands import figures
from tests.known.house import House
from tests.known.machine import SHORT_RUN, Machine, profile


def test_no_sequence_of_requests_shows_anybody_else(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """RAPPORT_LONG=22000 plays so many steps, and prints what came to pass in them."""
    steps = max(SHORT_RUN, int(os.environ.get("RAPPORT_LONG") or 0))
    Machine.house = house
    figures.clear()
    run_state_machine_as_test(Machine, settings=profile(steps))
    if steps > SHORT_RUN:
        with capsys.disabled():
            print("\n" + "\n".join(f"{count:>7}  {what}" for what, count in sorted(figures.items())))
    # Something was there to be seen: not everything was refused.
    seen = ["session that shows somebody", "code 200", "start 201"]
    for what in [*seen, *(["frame welcome", "frame event"] if steps > SHORT_RUN else [])]:
        assert figures[what], f"never: {what}; {figures}"
