"""Access ends on open sockets although it was ended at another process, and Redis is dead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.cast import Cast, Records
from tests.support.clients import Client, CustomerClient, TechnicianClient
from tests.support.installation import Installation
from tests.support.returning import helped_in_march, in_july, new_address, prove_mailbox, use_key

pytestmark = pytest.mark.production


def at(url: str, who: Client) -> dict[str, str]:
    """The headers of a request of `who` to another process."""
    return {"Origin": url, "Referer": f"{url}/console/"}


async def moved(who: CustomerClient, url: str) -> CustomerClient:
    """The same browser with its socket at another process."""
    who.url = url
    who.http.base_url = url
    who.http.headers["Origin"] = url
    await who.session()
    await who.connect()
    return who


async def test_every_way_works_across_processes_without_redis(
    installation_factory: Callable[..., Installation],
) -> None:
    installation = installation_factory()
    here, there = installation.server(), installation.server()
    cast = Cast(here)
    try:
        cy = await cast.technician("cy", fresh=True, at=there.url)
        bo = await cast.technician("bo", at=there.url)
        address = new_address()
        old, _, key = await helped_in_march(cast, email=address)
        await prove_mailbox(cast, old, address)
        new = await in_july(cast)
        await use_key(new, key)
        listed = (await new.http.get("/api/widget/v1/devices")).json()["devices"]
        device = next(one["id"] for one in listed if not one["current"])
        july, again, link = await _vouched(cast)
        for browser in (old, july):
            await moved(browser, there.url)

        async def log_out() -> None:
            await cy.http.post(f"{here.url}/console/logout/", headers=at(here.url, cy))

        async def disable() -> None:
            Records(installation).ask("UPDATE agents_technician SET is_active = FALSE WHERE username = 'bo'")

        async def revoke() -> None:
            assert (await new.http.delete(f"/api/widget/v1/devices/{device}")).status_code == 204

        async def take_back() -> None:
            ana = await cast.technician("ana")
            gone = await ana.http.request("DELETE", f"/api/v1/links/{link}", json={"reason": "wrong"})
            assert gone.status_code == 204

        assert installation.redis is not None
        installation.redis.kill()
        ways: list[tuple[str, Callable[[], Awaitable[None]], Callable[[], Awaitable[Any]]]] = [
            ("log-out", log_out, lambda: _closed(cy)),
            ("disabled technician", disable, lambda: _closed(bo)),
            ("revoked device", revoke, lambda: _closed(old)),
            ("link taken back", take_back, lambda: july.wire.wait(type="reset", conversation=again)),
        ]
        for name, end, ended in ways:
            began = time.monotonic()
            await end()
            await ended()
            print(f"{name}: {time.monotonic() - began:.2f} s")
        refused = await july.wire.ask("sync", conversation=again, after=0)
        assert refused["code"] == "not_found"
        await july.do("ping")
    finally:
        await cast.leave()


async def _closed(who: CustomerClient | TechnicianClient) -> None:
    assert await asyncio.wait_for(who.wire.closed(), 10) == 4401


async def _vouched(cast: Cast) -> tuple[CustomerClient, str, str]:
    """Somebody to whom a technician has opened a history: the browser, the conversation, the link."""
    march, begun, _ = await helped_in_march(cast)
    july = await in_july(cast)
    mine = (await july.start("It is me again"))["id"]
    ana = await cast.technician("ana")
    await ana.claim(mine)
    await march.session()
    made = await ana.http.post(
        f"/api/v1/conversations/{mine}/vouch",
        json={"customer": march.view["customer"]["id"], "facts": ["the model"], "reason": "sure"},
    )
    assert made.status_code == 201, made.text
    await july.wire.wait(type="conversations")
    return july, begun["id"], made.json()["link"]
