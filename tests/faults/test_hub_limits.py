"""Limits hold for all processes together while Redis is there, and for each of them when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.support.cast import Cast
from tests.support.clients import CustomerClient
from tests.support.installation import Installation, Server
from tests.support.wire import Wire

pytestmark = pytest.mark.production

MOST = 3
BURST = 12


@pytest.fixture
async def two(
    installation_factory: Callable[..., Installation],
) -> AsyncIterator[tuple[Server, Server, Cast]]:
    """Two processes, and people."""
    installation = installation_factory(
        SOCKETS_PER_CUSTOMER=str(MOST), SESSION_BURST=str(BURST), SESSION_RATE="0.01", SWEEP="0.5"
    )
    here, there = installation.server(), installation.server()
    cast = Cast(here)
    yield here, there, cast
    for wire in _open:
        await wire.close()
    _open.clear()
    await cast.leave()


_open: list[Wire] = []


async def window(mara: CustomerClient, at: Server) -> Wire | None:
    """One more window of this browser at a process; None when there are too many."""
    wire = await Wire.open(f"{at.ws}/ws/customer/", origin=at.url)
    _open.append(wire)
    answer = await wire.ask("hello", token=mara.token)
    if answer["type"] == "welcome":
        return wire
    assert (answer["code"], await wire.closed()) == ("rate_limited", 4429)
    return None


async def _let_in(mara: CustomerClient, at: Server) -> Wire:
    """The next window, as soon as it is known that there is room for it."""
    for _ in range(50):
        if (wire := await window(mara, at)) is not None:
            return wire
        await asyncio.sleep(0.1)
    raise AssertionError("never let in")


async def test_sessions_and_windows_are_counted_everywhere(two: tuple[Server, Server, Cast]) -> None:
    here, there, cast = two
    mara = await cast.visitor()

    async def opened(at: Server) -> bool:
        answer = await mara.http.post(
            f"{at.url}/api/widget/v1/session", json={"inbox": "demo"}, headers={"Origin": at.url}
        )
        assert answer.status_code in {200, 429}, answer.text
        return answer.status_code == 200

    given = 1
    while await opened(here if given % 2 else there):
        given += 1
        assert given <= BURST, "both together give no more than one alone may"
    assert given == BURST
    assert not await opened(here)
    assert not await opened(there)

    await mara.connect()
    await mara.start("hello")
    second, third = await window(mara, there), await window(mara, there)
    assert second
    assert third
    assert await window(mara, here) is None
    assert await window(mara, there) is None
    await second.close()
    await _let_in(mara, here)
    assert await window(mara, there) is None

    here.kill()  # takes its two windows with it, and takes nothing back
    fourth = await _let_in(mara, there)
    await _let_in(mara, there)
    assert await window(mara, there) is None

    assert here.installation.redis is not None
    here.installation.redis.kill()
    assert await opened(there), "it has given half of what it may by itself"
    assert await window(mara, there) is None, "it still counts its own"
    await fourth.close()
    await _let_in(mara, there)
