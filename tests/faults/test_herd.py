"""Everybody comes back at once after a restart, and everything they had to say is there.

`HERD=5000 pytest tests/faults/test_herd.py` is the long run; `python -m tests.load --only herd` prints how long it took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.faults.profile import SOAK, shown_on, so_many
from tests.load.herd import measure_herd
from tests.support.installation import Server

pytestmark = shown_on("embedded")

HERD = so_many("HERD", short=60, long=5000)
#: Thousands are not told in three seconds beside clients on the same cores.
DRAIN = "3" if HERD <= 100 else "25"


@pytest.mark.parametrize("crash", [True, False] if SOAK else [True])
def test_a_herd_comes_back_whole(server_factory: Callable[..., Server], crash: bool) -> None:
    server = server_factory(SOCKETS_PER_CUSTOMER="100000", DRAIN_SECONDS=DRAIN)
    herd = asyncio.run(measure_herd(server, HERD, crash=crash))
    print(f"{HERD} back after {max(herd.back):.1f} s, {herd.tries} tries")
    assert len(herd.back) == HERD
    assert (herd.lost, herd.doubled) == (0, 0)
    assert set(herd.closes) == {1006 if crash else 1012}
