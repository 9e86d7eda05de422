"""The machine can fail: it notices what is broken on purpose, within a short run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from tests.known import mutants
from tests.known.hands import figures
from tests.known.house import House
from tests.known.machine import SHORT_RUN, Machine, profile
from tests.known.world import Forgets, Leak

#: Mutants that a short run may miss get a longer one, and only when somebody asks for it.
CHOSEN = mutants.FIRST + (mutants.OTHERS if os.environ.get("RAPPORT_LONG") else ())


@pytest.mark.parametrize("mutant", CHOSEN, ids=lambda mutant: mutant.__name__)
def test_the_machine_notices(house: House, mutant: Callable[[], Any]) -> None:
    """RAPPORT_LONG=1 tries the other mutants too."""

    @seed(1)
    class Broken(Machine):
        """The machine, in a product that is broken."""

    Broken.house = house
    steps = SHORT_RUN if mutant in mutants.FIRST else SHORT_RUN * 10
    figures.clear()
    with mutant(), pytest.raises((Leak, Forgets)) as found:
        run_state_machine_as_test(Broken, settings=profile(steps))
    print(f"{mutant.__name__}: found after {figures['steps']} steps: {str(found.value)[:300]}")
