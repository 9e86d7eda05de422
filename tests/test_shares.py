"""Who accepts the next connection, by how many each process has."""

from __future__ import annotations

import pytest

from chat.serving.shares import ABSENT, Shares


@pytest.mark.parametrize(
    ("counts", "lets_others_go_first"),
    [
        ((0, 0), False),
        ((4, 0), False),
        ((5, 0), True),
        ((114, 100), False),
        ((115, 100), True),
        ((100, 130), False),
        ((1000, ABSENT), False),
        ((1000, ABSENT, 10), True),
        ((1000, ABSENT, 1000), False),
    ],
)
def test_whoever_has_many_lets_the_others_go_first(
    counts: tuple[int, ...], lets_others_go_first: bool
) -> None:
    shares = Shares.new(len(counts))
    seen_elsewhere = Shares(shares.fd, len(counts))
    for number, count in enumerate(counts):
        shares.of(number).says(count)
    assert seen_elsewhere.of(0).many() is lets_others_go_first


def test_nobody_is_there_at_first_and_whoever_leaves_is_not_waited_for() -> None:
    shares = Shares.new(2)
    one, two = shares.of(0), shares.of(1)
    one.says(1000)
    assert not one.many()
    two.says(0)
    assert one.many()
    two.says()
    assert not one.many()
