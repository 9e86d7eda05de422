"""Who gets in, and how soon it ends: origins, sessions, devices, grants."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
import websockets

from tests.support.cast import Cast, Log, Records, canary
from tests.support.clients import TechnicianClient
from tests.support.installation import Server
from tests.support.wire import Wire

SHOP = "https://shop.example"


def now() -> str:
    return datetime.now(UTC).isoformat(" ")


def add_inbox(records: Records, origin: str) -> str:
    """An inbox that may be shown on one site; its key."""
    key = f"inbox-{uuid.uuid4().hex[:8]}"
    records.ask(
        "INSERT INTO customers_inbox (id, key, name, color, greeting, allowed_origins, separate, created_at,"
        " identity_secret, identity_key, vouching, vouch_days, held_after_days)"
        f" VALUES (?, ?, 'Shop', '#0b6b5d', '', '[\"{origin}\"]', FALSE, ?, 'a secret', '', 'off', 30, 0)",
        *(uuid.uuid4(), key, now()),
    )
    return key


async def status(server: Server, path: str, origin: str | None) -> int:
    """The handshake's answer; 101 when it is let in."""
    try:
        wire = await Wire.open(f"{server.ws}{path}", origin=origin)
    except websockets.InvalidStatus as refused:
        return refused.response.status_code
    await wire.close()
    return 101


def foreign(own: str) -> list[str]:
    """Origins that are not ours, however much they look like it."""
    host = own.removeprefix("http://")
    name, port = host.split(":")
    return [
        *(
            "null",
            "https://evil.example",
            f"{own}.evil.example",
            f"http://evil.example/{own}",
            f"{own}@evil.example",
        ),
        *(
            f"http://{name}",
            f"https://{host}",
            f"http://{name}:{int(port) + 1}",
            f"{own}/",
            f"{own}0",
            f" {own} x",
        ),
        *(
            f"http://{name}:99999999",
            f"http://{name}:abc",
            f"http://{name}:-1",
            "http://[::1",
            "http://",
            "//",
            "x",
        ),
        *(
            f"{SHOP}.evil.example",
            f"{SHOP}:444",
            "http://shop.example",
            "https://evil-shop.example",
            f"{SHOP}/",
        ),
        *(
            f"https://evil.example#{SHOP}",
            "https://shop.example@evil.example",
            f"{SHOP}, {own}",
            "file://",
            "*",
        ),
    ]


async def test_foreign_pages_are_refused_in_the_handshake(server: Server) -> None:
    log = Log(server)
    add_inbox(Records(server.installation), SHOP)
    for origin in foreign(server.url):
        for path in ("/ws/customer/", "/ws/console/"):
            assert await status(server, path, origin) == 403, (path, origin)
    assert log.calm(), log.text()


async def test_our_pages_the_inboxes_sites_and_programs_are_let_in(server: Server) -> None:
    add_inbox(Records(server.installation), SHOP)
    assert await status(server, "/ws/customer/", server.url) == 101
    assert await status(server, "/ws/customer/", SHOP) == 101
    assert await status(server, "/ws/customer/", None) == 101, "a program, which has no Origin"
    assert await status(server, "/ws/console/", server.url) == 101
    assert await status(server, "/ws/console/", SHOP) == 403, "a cookie must not serve another site's page"
    assert await status(server, "/ws/console/", None) == 403


async def test_a_site_opens_its_own_inbox_only(cast: Cast) -> None:
    mara = await cast.visitor()
    key = add_inbox(Records(cast.server.installation), SHOP)
    for inbox, origin, code in (
        (key, SHOP, 200),
        ("demo", SHOP, 403),
        (key, "null", 403),
        ("demo", "null", 403),
    ):
        answer = await mara.http.post(
            "/api/widget/v1/session", json={"inbox": inbox}, headers={"Origin": origin}
        )
        assert answer.status_code == code, (inbox, origin)
        if code == 403:
            assert answer.json()["code"] == "origin_not_allowed"
    wire = await Wire.open(f"{cast.server.ws}/ws/customer/", origin=SHOP)
    refused = await wire.ask("hello", token=mara.token)
    assert (refused["code"], refused["retry"]) == ("forbidden", False)
    assert await wire.closed() == 4403


@pytest.mark.parametrize(
    "cookie", ["", "rapport_session=", "rapport_session=" + "x" * 32, "rapport_session=\"';--"]
)
async def test_a_console_needs_a_session(server: Server, cookie: str) -> None:
    headers = {"Cookie": cookie} if cookie else {}
    wire = await Wire.open(f"{server.ws}/ws/console/", origin=server.url, additional_headers=headers)
    assert await wire.closed() == 4401


async def test_a_log_out_ends_the_sockets_of_that_session_only(cast: Cast) -> None:
    leaving, staying = await cast.technician("ana", fresh=True), await cast.technician("ana")
    await leaving.http.post("/console/logout/", headers={"Referer": f"{leaving.url}/console/"})
    assert await leaving.wire.closed() == 4401
    await staying.do("ping")
    again = await status_of_session(cast.server, leaving)
    assert again == 4401


async def status_of_session(server: Server, who: TechnicianClient) -> int | None:
    cookies = "; ".join(f"{c.name}={c.value}" for c in who.http.cookies.jar)
    wire = await Wire.open(
        f"{server.ws}/ws/console/", origin=server.url, additional_headers={"Cookie": cookies}
    )
    return await wire.closed()


async def test_disabling_a_technician_ends_their_sockets(cast: Cast) -> None:
    cy, ana = await cast.technician("cy"), await cast.technician("ana")
    records = Records(cast.server.installation)
    records.ask("UPDATE agents_technician SET is_active = FALSE WHERE username = 'cy'")
    try:
        assert await cy.wire.closed() == 4401
        await ana.do("ping")
        answer = await cy.http.get(f"/api/v1/conversations/{uuid.uuid4()}/return-card")
        assert answer.status_code in {401, 403}
        assert await status_of_session(cast.server, cy) == 4401
    finally:
        records.ask("UPDATE agents_technician SET is_active = TRUE WHERE username = 'cy'")


async def test_a_changed_password_ends_the_sockets_of_the_old_one(cast: Cast) -> None:
    cy, ana = await cast.technician("cy"), await cast.technician("ana")
    records = Records(cast.server.installation)
    old = records.ask("SELECT password FROM agents_technician WHERE username = 'cy'")[0][0]
    records.ask("UPDATE agents_technician SET password = ? WHERE username = 'cy'", "!another")
    try:
        assert await cy.wire.closed() == 4401
        await ana.do("ping")
    finally:
        records.ask("UPDATE agents_technician SET password = ? WHERE username = 'cy'", old)


async def test_a_revoked_device_is_nobody_at_once(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    other = await cast.customer()
    await other.start("hello too")
    records = Records(cast.server.installation)
    customer = (await mara.session())["customer"]["id"]
    await mara.connect()
    assert [one["id"] for one in mara.welcome["conversations"]] == [begun]
    records.ask(
        "UPDATE customers_device SET revoked_at = ? WHERE customer_id = ?", now(), uuid.UUID(customer)
    )
    assert await mara.wire.closed() == 4401
    await other.do("ping")
    events = await mara.http.get(f"/api/widget/v1/conversations/{begun}/events")
    assert events.status_code in {401, 404}
    wire = await Wire.open(f"{cast.server.ws}/ws/customer/")
    assert (await wire.ask("hello", token=mara.token))["code"] == "unauthenticated"
    assert await wire.closed() == 4401
    again = await mara.session()
    assert (again["customer"], again["conversations"], again["returning"]) == (None, [], False)


async def test_a_grant_taken_back_lowers_what_an_open_socket_sees(cast: Cast) -> None:
    records, secret = Records(cast.server.installation), canary()
    mara, earlier, ana = await cast.customer(), await cast.customer(), await cast.technician("ana")
    mine, before = (await mara.start("now"))["id"], (await earlier.start("before"))["id"]
    await ana.claim(before)
    customer = uuid.UUID((await earlier.session())["customer"]["id"])
    await mara.session()
    me = uuid.UUID(mara.view["customer"]["id"])
    device = uuid.UUID(records.ask("SELECT id FROM customers_device WHERE customer_id = ?", me)[0][0])
    records.ask(
        "INSERT INTO customers_grant (id, device_id, customer_id, proof, at, evidence)"
        " VALUES (?, ?, ?, 'vouched', ?, '')",
        *(uuid.uuid4(), device, customer, now()),
    )
    await mara.connect()
    assert {one["id"] for one in mara.welcome["conversations"]} == {mine, before}
    await mara.do("sync", conversation=before, after=0)

    records.ask(
        "UPDATE customers_grant SET revoked_at = ? WHERE device_id = ? AND customer_id = ?",
        now(),
        device,
        customer,
    )
    reset = await mara.wire.wait(type="reset")
    assert (reset["conversation"], reset["reason"]) == (before, "access_ended")
    for kind, more in (("sync", {"after": 0}), ("read", {"seq": 1}), ("typing", {}), ("sync", {"after": 0})):
        refused = await mara.wire.ask(kind, conversation=before, **more)
        assert refused["code"] == "not_found", kind
    await ana.say(before, secret)
    await earlier.wire.event("message", before)
    await mara.say(mine, "mine goes on")
    assert secret not in str(mara.wire.heard)
