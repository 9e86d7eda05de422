"""Whether two lists of times come from the same hat: the rank test of Mann and Whitney."""

from __future__ import annotations

import math
from collections.abc import Sequence


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """(z, p): how far, in standard deviations, the ranks of `one` lie above chance, and how often chance does that.

    By the normal approximation, which from 20 values on is good; ties share their ranks.
    """
    ordered = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks, start = 0.0, 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        shared = (start + end + 1) / 2
        ranks += shared * sum(first for _, first in ordered[start:end])
        start = end
    n, m = len(one), len(other)
    above = ranks - n * (n + 1) / 2 - n * m / 2
    z = above / math.sqrt(n * m * (n + m + 1) / 12)
    return z, math.erfc(abs(z) / math.sqrt(2))
