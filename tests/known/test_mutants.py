"""The machine can fail: it notices what is broken on purpose, within a short run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import seed
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from tests.known import mutants
from tests.known.hands import figures
from tests.known.house import House
from tests.known.machine import SHORT_RUN, Machine, profile
from tests.known.world import Noticed

#: Mutants that a short run may miss get a longer one, and only when somebody asks for it.
CHOSEN = mutants.FIRST + (mutants.OTHERS if os.environ.get("RAPPORT_LONG") else ())


@pytest.mark.parametrize("mutant", CHOSEN, ids=lambda mutant: mutant.__name__)
def test_the_machine_notices(house: House, mutant: Callable[[], Any]) -> None:
    """RAPPORT_LONG=1 tries the other mutants too."""

    @seed(6)
    class Broken(Machine):
        """The machine, in a product that is broken."""

    Broken.house = house
    steps = SHORT_RUN * (2 if mutant in mutants.FIRST else 15)
    figures.clear()
    Noticed.all_of_them.clear()
    # What depends on the moment at which a socket is fed does not always come back when it is played again.
    with mutant(), pytest.raises((Noticed, Flaky)):
        run_state_machine_as_test(Broken, settings=profile(steps))
    assert Noticed.all_of_them
    print(f"{mutant.__name__}: after {figures['steps']} steps: {Noticed.all_of_them[0][:200]}")
