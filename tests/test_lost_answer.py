"""The answer to a first message is lost on its way; the browser reloads, and finds what it began."""

from __future__ import annotations

import uuid

from tests.support.clients import CustomerClient
from tests.support.installation import Server

CONVERSATIONS = "/api/widget/v1/conversations"


async def test_the_next_session_finds_what_the_lost_answer_told(server: Server) -> None:
    async with CustomerClient(server.url) as mara:
        await mara.session()
        lost = mara.token
        body = {"client_id": str(uuid.uuid4()), "text": "My PSC 2210v does not scan"}
        first = (await mara.http.post(CONVERSATIONS, json=body)).json()
        mara.http.cookies.clear()  # nothing of the answer arrived
        view = await mara.session(access_token=lost)
        assert [one["id"] for one in view["conversations"]] == [first["conversation"]["id"]]
        assert view["device_token"]
        again = await mara.http.post(CONVERSATIONS, json=body)
        assert (again.status_code, again.json()["message"]["message"]) == (200, first["message"]["message"])


async def test_an_old_access_token_opens_nothing_once_the_device_token_was_used(server: Server) -> None:
    async with CustomerClient(server.url) as mara, CustomerClient(server.url) as eve:
        await mara.connect()
        stolen = mara.token
        await mara.start("My PSC 2210v does not scan")
        assert (await mara.session())["conversations"], "Mara's own device token opens her history"
        view = await eve.session(access_token=stolen)
        assert (view["customer"], view["conversations"], view["device_token"]) == (None, [], None)
        assert (await eve.http.get(CONVERSATIONS)).json()["conversations"] == []
        await eve.connect()
        assert eve.welcome["conversations"] == []


async def test_the_token_of_the_first_answer_stays_good_beside_the_second(server: Server) -> None:
    async with CustomerClient(server.url) as mara:
        await mara.session()
        body = {"client_id": str(uuid.uuid4()), "text": "The lid is stuck"}
        first = (await mara.http.post(CONVERSATIONS, json=body)).json()
        second = (await mara.http.post(CONVERSATIONS, json=body)).json()
        assert first["conversation"]["id"] == second["conversation"]["id"]
        assert first["device_token"] != second["device_token"]
        for token in (first["device_token"], second["device_token"]):
            async with CustomerClient(server.url, device_token=token) as later:
                assert (await later.session())["returning"]
        async with CustomerClient(server.url, device_token=first["device_token"]) as too_late:
            assert not (await too_late.session())["returning"], "the second was used: the first is gone"
