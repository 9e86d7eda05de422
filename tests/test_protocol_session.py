"""The customer's endpoints: what each answers, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.cast import Cast, Records, canary, client_id, numbers, post
from tests.support.installation import Server
from tests.support.shapes import ACCEPTED, CONVERSATION, PAGE, REFUSAL, SESSION, event_fits, fits, words

SESSIONS = "/api/widget/v1/session"
CONVERSATIONS = "/api/widget/v1/conversations"
PEOPLE = ("customers_customer", "customers_identifier", "customers_device", "customers_grant")


async def begin(mara: Any, **more: Any) -> tuple[httpx.Response, dict[str, Any]]:
    body = {"client_id": client_id(), "text": "My PSC 2210v does not scan", **more}
    answer = await mara.http.post(CONVERSATIONS, json=body)
    return answer, body


async def test_looking_leaves_no_row_anywhere(cast: Cast) -> None:
    records = Records(cast.server.installation)
    before = [records.count(table) for table in PEOPLE]
    mara = await cast.visitor()
    fits(mara.view, SESSION)
    assert (mara.view["customer"], mara.view["conversations"], mara.view["returning"]) == (None, [], False)
    assert mara.view["device_token"] is None
    assert "set-cookie" not in (await mara.http.post(SESSIONS, json={"inbox": "demo"})).headers
    about = await mara.http.post("/api/widget/v1/about", json={"name": "Mara", "email": "mara@mail.example"})
    assert (about.status_code, about.content) == (204, b"")
    await mara.connect()
    assert [records.count(table) for table in PEOPLE] == before


async def test_acting_makes_a_customer_whose_token_stays_valid(cast: Cast) -> None:
    mara = await cast.visitor()
    answer, body = await begin(mara, subject="It does not scan", about={"name": "Mara Lindqvist"})
    assert answer.status_code == 201
    begun = answer.json()
    fits(begun, {"conversation": CONVERSATION, "message": event_fits, "device_token": words})
    assert begun["conversation"]["status"] == "waiting"
    assert begun["conversation"]["subject"] == "It does not scan"
    assert begun["message"]["seq"] == 1
    assert begun["message"]["message"]["client_id"] == body["client_id"]
    cookie = answer.headers["set-cookie"]
    assert begun["device_token"] in cookie
    assert "HttpOnly" in cookie
    assert "Path=/api/widget/" in cookie
    assert "Domain" not in cookie

    listed = (await mara.http.get(CONVERSATIONS)).json()
    fits(listed, {"conversations": [CONVERSATION], "epoch": mara.view["epoch"]})
    assert [one["id"] for one in listed["conversations"]] == [begun["conversation"]["id"]]

    mara.device_token = begun["device_token"]
    again = await mara.session()
    fits(again, SESSION)
    assert again["returning"]
    assert again["customer"]["name"] == "Mara Lindqvist"
    assert again["customer"]["identity"] == "device"
    assert again["conversations"] == listed["conversations"]


async def test_the_cookie_alone_brings_the_past_back_until_it_is_dropped(cast: Cast) -> None:
    mara = await cast.visitor()
    await begin(mara)
    assert (await mara.http.post(SESSIONS, json={"inbox": "demo"})).json()["returning"]
    gone = await mara.http.delete(SESSIONS)
    assert gone.status_code == 204
    assert not (await mara.http.post(SESSIONS, json={"inbox": "demo"})).json()["returning"]


async def test_a_repeated_beginning_is_one_conversation_and_a_usable_device(cast: Cast) -> None:
    mara = await cast.visitor()
    first, body = await begin(mara)
    again = await mara.http.post(CONVERSATIONS, json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["conversation"]["id"] == again.json()["conversation"]["id"]
    assert first.json()["message"] == again.json()["message"]
    for token in (first.json()["device_token"], again.json()["device_token"]):
        back = await cast.visitor(device_token=token)
        assert len(back.view["conversations"]) == 1
    other = await mara.http.post(CONVERSATIONS, json={**body, "text": "other words"})
    assert (other.status_code, other.json()["code"], other.json()["retry"]) == (409, "conflict", False)


async def test_messages_and_pages(cast: Cast) -> None:
    mara = await cast.visitor()
    begun = (await begin(mara))[0].json()["conversation"]["id"]
    address = f"{CONVERSATIONS}/{begun}"
    sent = []
    for number in range(5):
        body = {"client_id": client_id(), "text": f"line {number}"}
        stored = await mara.http.post(f"{address}/messages", json=body)
        assert stored.status_code == 201
        fits(stored.json(), ACCEPTED)
        repeated = await mara.http.post(f"{address}/messages", json=body)
        assert repeated.status_code == 200
        assert repeated.json() == {**stored.json(), "duplicate": True}
        sent.append(stored.json())
    assert numbers(sent) == [2, 3, 4, 5, 6]

    everything = (await mara.http.get(f"{address}/events")).json()
    fits(everything, PAGE)
    assert numbers(everything["events"]) == [1, 2, 3, 4, 5, 6]
    assert (everything["last_seq"], everything["more"]) == (6, False)
    page = (await mara.http.get(f"{address}/events?after=2&limit=3")).json()
    assert (numbers(page["events"]), page["more"]) == ([3, 4, 5], True)
    rest = (await mara.http.get(f"{address}/events?after=5&limit=3")).json()
    assert (numbers(rest["events"]), rest["more"]) == ([6], False)
    beyond = (await mara.http.get(f"{address}/events?after=6")).json()
    assert (beyond["events"], beyond["more"]) == ([], False)


async def test_reading_is_remembered_and_never_goes_back(cast: Cast) -> None:
    mara = await cast.visitor()
    begun = (await begin(mara))[0].json()["conversation"]["id"]
    ana = await cast.technician()
    await ana.say(begun, "Which page?")
    listed = (await mara.http.get(CONVERSATIONS)).json()["conversations"][0]
    assert (listed["last_seq"], listed["read_seq"], listed["unread"]) == (3, 0, 1)
    for seq in (3, 1):
        answer = await mara.http.post(f"{CONVERSATIONS}/{begun}/read", json={"seq": seq})
        assert (answer.status_code, answer.content) == (204, b"")
    listed = (await mara.http.get(CONVERSATIONS)).json()["conversations"][0]
    assert (listed["read_seq"], listed["unread"]) == (3, 0)
    beyond = await mara.http.post(f"{CONVERSATIONS}/{begun}/read", json={"seq": 99})
    assert (beyond.status_code, beyond.json()["fields"].keys()) == (400, {"seq"})


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "invalid"),
    ({"inbox": 5}, 400, "invalid"),
    ({"inbox": ["demo"]}, 400, "invalid"),
    ({"inbox": "nobody"}, 404, "inbox_unknown"),
    ({"inbox": "demo\0"}, 404, "inbox_unknown"),
    ({"inbox": "\ud800"}, 404, "inbox_unknown"),
    ({"inbox": "x" * 5000}, 404, "inbox_unknown"),
    ({"inbox": "demo", "environment": 7}, 400, "invalid"),
    ({"inbox": "demo", "environment": "page"}, 400, "invalid"),
    ({"inbox": "demo", "device_token": 7}, 400, "invalid"),
    ({"inbox": "demo", "identity": "eyJhbGciOiJub25lIn0.e30."}, 403, "identity_refused"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
async def test_a_session_is_refused_with_a_reason(
    cast: Cast, body: dict[str, Any], status: int, code: str
) -> None:
    eve = await cast.visitor()
    answer = await post(eve, SESSIONS, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    fits(answer.json(), REFUSAL if code != "identity_refused" else {**REFUSAL, "reason": words})
    assert answer.headers["cache-control"] == "no-store"


async def test_unknown_and_odd_surroundings_do_no_harm(cast: Cast) -> None:
    odd = {
        "page": "javascript:alert(1)",
        "screen": 7,
        "locale": ["en"],
        "time_zone": "\ud800",
        "x": {"y": 1},
        "product": "PSC\0 2210v" + "x" * 9000,
        "serial": None,
        "referrer": "\u202e",
        "constructor": "no",
    }
    eve = await cast.visitor()
    answer = await post(eve, SESSIONS, {"inbox": "demo", "environment": odd, "unheard": "of"})
    assert answer.status_code == 200
    eve.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await begin(eve))[0].status_code == 201


async def test_a_wrong_device_token_is_nobody(cast: Cast) -> None:
    mara = await cast.visitor()
    token = (await begin(mara))[0].json()["device_token"]
    for wrong in (token[:-1], token + "A", token.upper(), "rd1_", "", "\ud800", "rd1_" + "x" * 5000):
        eve = await cast.visitor()
        answer = await post(eve, SESSIONS, {"inbox": "demo", "device_token": wrong})
        assert (answer.status_code, answer.json()["customer"]) == (200, None), wrong


async def test_a_typed_address_is_answered_alike_whoever_it_belongs_to(cast: Cast) -> None:
    secret = canary()
    mara, eve = await cast.visitor(), await cast.visitor()
    address = f"{secret}@mail.example"
    await begin(mara, about={"name": f"Mara {secret}", "email": address}, text=f"I am {secret}")
    known = await eve.http.post("/api/widget/v1/about", json={"email": address})
    unknown = await eve.http.post("/api/widget/v1/about", json={"email": f"{canary()}@mail.example"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")
    begun = await begin(eve, about={"email": address})
    listed = await eve.http.get(CONVERSATIONS)
    session = await eve.http.post(
        SESSIONS, json={"inbox": "demo", "device_token": begun[0].json()["device_token"]}
    )
    for answer in (begun[0], listed, session):
        assert secret not in answer.text, answer.text
    assert len(listed.json()["conversations"]) == 1


async def test_sessions_are_limited_by_address(brisk: Server) -> None:
    # From an address of its own, so that nobody else on this server is kept waiting.
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.9")
    async with httpx.AsyncClient(base_url=brisk.url, transport=transport) as eve:
        while (answer := await eve.post(SESSIONS, json={"inbox": "demo"})).status_code == 200:
            pass
        assert answer.status_code == 429
        fits(answer.json(), REFUSAL)
        assert (answer.json()["code"], answer.json()["retry"]) == ("rate_limited", True)
        assert int(answer.headers["Retry-After"]) >= 1
