"""An open socket learns that its access has ended, however late the news comes and whatever clock it was stamped by."""

from __future__ import annotations

import json
from datetime import timedelta
from unittest.mock import patch

import pytest

from chat.consumers.customer import CustomerSocket
from customers.models import Device as DeviceRow
from customers.models import Grant
from tests.known import deeds, entering
from tests.known.house import House, Plug
from tests.known.world import World


async def _nothing(cls: object, sockets: object) -> None:
    return None


def connected(house: House) -> tuple[World, Plug]:
    """Mara in her browser, with a conversation and a socket."""
    world = World(house)
    browser = world.browsers[0]
    world.do(entering.open_session(world, browser, inbox="shop", token=None, cookie=None, earlier=None))
    world.do(deeds.start(world, browser, client_id="c", text="hello", about={}))
    token = browser.access["shop"]
    visit = world.rules.speaks(token, world.now())
    plug = house.plug_in(visit, 0, token, {})
    world.do()
    assert plug.closed is None
    return world, plug


@pytest.mark.parametrize(
    ("late", "stamped"),
    [
        pytest.param(60, 60, id="a process that was paused for a minute"),
        pytest.param(0, 10, id="a machine whose clock is ten seconds behind"),
        pytest.param(0, -10, id="a machine whose clock is ten seconds ahead"),
        pytest.param(0, 0, id="at once"),
    ],
)
def test_a_revoked_browser_is_shut_out(house: House, late: float, stamped: float) -> None:
    """`late`: seconds until this process looks again. `stamped`: how long ago the change says it was, as it looks."""
    world, plug = connected(house)
    with patch.object(CustomerSocket, "check_access", classmethod(_nothing)):
        at = world.now() + timedelta(seconds=late - stamped)
        DeviceRow.objects.update(revoked_at=at)
        Grant.objects.update(revoked_at=at)
        house.pass_time(timedelta(seconds=late))
    house.settle()
    if stamped < 0:
        house.pass_time(timedelta(seconds=-stamped))
        house.settle()
    assert "reset" in [json.loads(frame)["type"] for frame in plug.new]
    assert plug.closed == 4401
