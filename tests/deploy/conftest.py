"""Servers behind nginx, shared by the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.proxied import Proxied
from tools.services import NotAvailable


@pytest.fixture(scope="module")
def proxied() -> Iterator[Proxied]:
    """nginx before a server that is one process, and before one that is two.

    Two heartbeats a second; thirty sessions at once for an address.
    """
    try:
        proxied = Proxied(
            HEARTBEAT="0.5", SESSION_RATE="0.01", SESSION_BURST="30", SOCKETS_PER_CUSTOMER="1000"
        )
    except NotAvailable as problem:
        pytest.skip(f"nginx: {problem}")
    with proxied:
        proxied.add(PROCESSES="2")
        yield proxied
