"""The same browser: tokens that are replaced, copies that are noticed, browsers that are signed out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.cast import Cast, Records
from tests.support.clients import CustomerClient
from tests.support.installation import Installation, Server
from tests.support.returning import helped_in_march, in_july, new_address, prove_mailbox, use_key

pytestmark = pytest.mark.server


async def comes_with(server: Server, token: str) -> dict[str, object]:
    """The session of a browser that keeps just this token, and no cookie."""
    async with CustomerClient(server.url, device_token=token) as browser:
        return await browser.session()


def age_tokens(server: Server, by: timedelta) -> None:
    """Let time pass for the device tokens."""
    past = str(datetime.now(UTC) - by)
    records = Records(server.installation)
    records.ask("UPDATE customers_device SET rotated_at = ? WHERE rotated_at IS NOT NULL", past)
    records.ask("UPDATE customers_spenttoken SET at = ?", past)


@pytest.fixture(scope="module")
def rotating() -> Iterator[Server]:
    """A server that replaces a device token at its next use."""
    with closing(Installation(DEVICE_ROTATION="1")) as installation:
        yield installation.server()


async def test_a_token_is_replaced_and_a_copy_of_the_old_one_ends_the_device(rotating: Server) -> None:
    server = rotating
    async with CustomerClient(server.url) as mara:
        await mara.connect()
        begun = await mara.start("My printer")
        first = mara.device_token
        assert first is not None
        Records(server.installation).ask(
            "UPDATE customers_device SET first_seen = ?", str(datetime.now(UTC) - timedelta(days=2))
        )
        view = await comes_with(server, first)
        second = view["device_token"]
        assert isinstance(second, str)
        assert (await comes_with(server, first))["returning"], "its answer may have been lost: still good"
        assert (await comes_with(server, second))["returning"]
        # A window that was open meanwhile: it opens nothing with the old one, and does no harm.
        assert not (await comes_with(server, first))["returning"]
        assert (await comes_with(server, second))["returning"]
        age_tokens(server, timedelta(minutes=5))
        third = (await comes_with(server, second))["device_token"]
        assert isinstance(third, str)
        assert not (await comes_with(server, first))["returning"], "a copy of the old one"
        for token in (first, second, third):
            assert not (await comes_with(server, token))["returning"], "nobody goes on with this device"
        answer = await mara.wire.wait(type="reset", conversation=begun["id"])
        assert answer["reason"] == "access_ended"
        audit = Records(server.installation).ask("SELECT action FROM customers_auditentry")
        assert ("token_reused",) in audit


async def test_two_copies_in_one_browser_are_no_theft(rotating: Server) -> None:
    """The cookie was renewed and the frame's storage was not, or the other way round."""
    server = rotating
    async with CustomerClient(server.url) as mara:
        await mara.connect()
        await mara.start("My printer")
        old = mara.device_token
        Records(server.installation).ask(
            "UPDATE customers_device SET first_seen = ?", str(datetime.now(UTC) - timedelta(days=2))
        )
        await mara.session()
        await mara.session()
        assert mara.device_token != old
        age_tokens(server, timedelta(minutes=5))
        mara.device_token = old  # what the storage still holds; the cookie jar has the new one
        assert (await mara.session())["returning"]
        assert (await mara.session())["returning"]


async def test_the_browsers_that_can_open_the_history(cast: Cast) -> None:
    old = new_address()
    mara, begun, key = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, mara, old)
    later = await in_july(cast)
    await use_key(later, key)
    listed = (await later.http.get("/api/widget/v1/devices")).json()["devices"]
    assert [(one["browser"], one["os"], one["current"]) for one in listed] == [
        ("Firefox 128", "Linux", True),
        ("Internet Explorer 7", "Windows XP", False),
    ]
    assert listed[1]["proof"] == "proven"

    gone = await later.http.delete(f"/api/widget/v1/devices/{listed[1]['id']}")
    assert gone.status_code == 204
    assert (await mara.wire.wait(type="reset", conversation=begun["id"]))["reason"] == "access_ended"
    assert await mara.wire.closed() == 4401
    await mara.session()
    assert mara.view["customer"] is None
    again = await later.http.delete(f"/api/widget/v1/devices/{listed[1]['id']}")
    unknown = await later.http.delete(f"/api/widget/v1/devices/{uuid.uuid4()}")
    assert (
        (again.status_code, again.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    )

    assert (await later.http.delete(f"/api/widget/v1/devices/{listed[0]['id']}")).status_code == 204
    await later.session()
    assert later.view["customer"] is None, "signed out here"


async def test_a_stranger_signs_nobody_out(cast: Cast) -> None:
    mara, _, _ = await helped_in_march(cast)
    eve = await cast.customer()
    await eve.start("I am somebody else")
    own = (await mara.http.get("/api/widget/v1/devices")).json()["devices"]
    assert len(own) == 1
    assert (await eve.http.delete(f"/api/widget/v1/devices/{own[0]['id']}")).status_code == 404
    assert (await mara.session())["returning"]
