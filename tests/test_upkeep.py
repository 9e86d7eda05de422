"""What runs beside the sockets takes its share, however much there is of it."""

from __future__ import annotations

import pytest

from chat.consumers.runtime import MOST_RARELY, rest_after


@pytest.mark.parametrize(
    ("took", "rest"),
    [(0.0, 1.0), (0.04, 1.0), (0.1, 1.9), (0.2, 3.8), (60.0, MOST_RARELY)],
    ids=["nothing", "little", "a twentieth is more", "longer", "never too rarely"],
)
def test_what_takes_long_is_done_less_often(took: float, rest: float) -> None:
    assert rest_after(1.0, took, share=0.05) == pytest.approx(rest)


def test_without_a_share_it_is_done_as_often_as_ever() -> None:
    assert rest_after(5.0, 30.0, share=1.0) == 5.0
