"""How much a fault test does: a little in every run of the tests, much in `make soak`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])

#: `make soak` sets it.
SOAK = os.environ.get("SOAK", "") not in {"", "0"}
#: Minutes after which a long run begins no further round; what it has shown until then counts.
MINUTES = float(os.environ.get("SOAK_MINUTES") or 30)

_began = time.monotonic()


def so_many(name: str, short: int, long: int) -> int:
    """How often: what the environment variable `name` says; else `long` in a soak, `short` otherwise.

    Raises ValueError, which names the variable, for anything but a whole number above 0.
    """
    given = os.environ.get(name, "").strip()
    if not given:
        return long if SOAK else short
    if not given.isdecimal() or int(given) < 1:
        raise ValueError(f"{name} must be a whole number above 0; it is {given!r}.")
    return int(given)


def rounds(most: int, *, least: int = 1) -> Iterator[int]:
    """`range(most)`, which ends early, but not before `least`, when the minutes of a soak are over."""
    for number in range(most):
        if SOAK and number >= least and time.monotonic() - _began > MINUTES * 60:
            return
        yield number


def unless_soaking(mark: pytest.MarkDecorator) -> Callable[[Test], Test]:
    """`mark` for one test; in a soak it has none."""
    return (lambda test: test) if SOAK else mark


def shown_on(database: str) -> list[pytest.MarkDecorator]:
    """For `pytestmark`: shown with this database (`embedded`, `production`) only, and in a soak with both.

    For what does not depend on it, or is shown as well by the other's tests.
    """
    return [] if SOAK else [getattr(pytest.mark, database)]
