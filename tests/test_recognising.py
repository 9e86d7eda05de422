"""A technician recognises whoever has lost both mailbox and browser, vouches, and takes it back."""

from __future__ import annotations

import sqlite3
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.cast import Cast, Records
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.returning import helped_in_march, in_july, link_in, mails_to, new_address, prove_mailbox
from tests.support.wire import Frame


async def returns(cast: Cast) -> tuple[CustomerClient, Frame, CustomerClient, Frame, str]:
    """Mara in March, and Mara in July with nothing to show: (march, its conversation, july, hers, old address)."""
    old = new_address()
    march, begun, _ = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, march, old)
    july = await in_july(cast)
    again = await july.start("Hello, it is me again: my PSC 2210v", about={"name": "Mara Lindqvist"})
    return march, begun, july, again, old


async def post(ana: TechnicianClient, path: str, **body: Any) -> httpx.Response:
    return await ana.http.post(f"/api/v1/{path}", json=body)


def customer_of(who: CustomerClient) -> str:
    return str(who.view["customer"]["id"])


async def card_of(ana: TechnicianClient, conversation: str) -> dict[str, Any]:
    answer = await ana.http.get(f"/api/v1/conversations/{conversation}/return-card")
    assert answer.status_code == 200
    return dict(answer.json())


async def test_vouching_shows_the_history_and_tells_the_old_mailbox(cast: Cast) -> None:
    march, begun, july, again, old = await returns(cast)
    ana = await cast.technician("ana")
    assert (await ana.claim(again["id"]))["return_card"]["last"] is None, "nothing is linked by itself"
    before = len(await mails_to(cast.server, old))
    facts = ["the model: PSC 2210v", "what fixed it: the patch"]
    since = len(july.wire.heard)
    answer = await post(
        ana,
        f"conversations/{again['id']}/vouch",
        customer=customer_of(march),
        facts=facts,
        reason="She knew it all",
    )
    assert answer.status_code == 201, answer.text
    assert answer.json().keys() == {"link", "grant", "expires_at"}
    told = await july.wire.wait(type="conversations", since=since)
    assert {one["id"] for one in told["conversations"]} == {begun["id"], again["id"]}
    assert (await july.do("sync", conversation=begun["id"], after=0))["events"]
    await july.session()
    assert july.view["customer"]["identity"] == "vouched"
    card = await card_of(ana, again["id"])
    assert card["person"]["identity"] == "vouched"
    assert card["last"]["fix"] == "Install the 2210 patch"
    seen = (await ana.everything(again["id"]))[-1]
    assert (seen["kind"], seen["linked"]["action"], seen["linked"]["proof"]) == (
        "linked",
        "linked",
        "vouched",
    )
    assert not [one for one in await july.everything(again["id"]) if one["kind"] == "linked"], (
        "technicians only"
    )

    mails = await mails_to(cast.server, old)
    assert len(mails) == before + 1
    assert "PSC" not in mails[0]["text"], "nothing that anybody wrote stands in it"
    looked = await march.http.post("/api/widget/v1/link", json={"token": link_in(mails[0])})
    assert looked.json()["purpose"] == "not_me"
    since, began = len(july.wire.heard), time.monotonic()
    async with httpx.AsyncClient(base_url=cast.server.url) as anybody:
        used = await anybody.post("/api/widget/v1/link/use", json={"token": link_in(mails[0])})
        assert used.status_code == 200
    reset = await july.wire.wait(type="reset", conversation=begun["id"], since=since)
    assert reset["reason"] == "access_ended"
    assert time.monotonic() - began < 5
    answer_after = await july.wire.ask("sync", conversation=begun["id"], after=0)
    assert answer_after["code"] == "not_found"
    await july.session()
    assert [one["id"] for one in july.view["conversations"]] == [again["id"]]
    assert (await card_of(ana, again["id"]))["last"] is None
    audit = Records(cast.server.installation).ask(
        "SELECT action FROM customers_auditentry WHERE other = ? ORDER BY at", uuid.UUID(customer_of(march))
    )
    assert audit == [("linked",), ("not_me",)]


async def test_a_technician_takes_it_back(cast: Cast) -> None:
    march, begun, july, again, _ = await returns(cast)
    ana = await cast.technician("ana")
    await ana.claim(again["id"])
    made = await post(
        ana, f"conversations/{again['id']}/vouch", customer=customer_of(march), facts=["the model"]
    )
    link = made.json()["link"]
    await july.wire.wait(type="conversations")
    refused = await ana.http.request("DELETE", f"/api/v1/links/{link}", json={})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["reason"])
    gone = await ana.http.request("DELETE", f"/api/v1/links/{link}", json={"reason": "Wrong person"})
    assert gone.status_code == 204
    await july.wire.wait(type="reset", conversation=begun["id"])
    assert (
        await ana.http.request("DELETE", f"/api/v1/links/{link}", json={"reason": "x"})
    ).status_code == 404
    kinds = [one["linked"]["action"] for one in await ana.everything(again["id"]) if one["kind"] == "linked"]
    assert kinds == ["linked", "unlinked"]
    await march.session()
    assert [one["id"] for one in march.view["conversations"]] == [begun["id"]], (
        "the old browser never noticed"
    )


async def test_a_link_informs_technicians_and_opens_nothing(cast: Cast) -> None:
    march, begun, july, again, _ = await returns(cast)
    ana = await cast.technician("ana")
    await ana.claim(again["id"])
    await july.session()
    a, b = customer_of(march), customer_of(july)
    preview = (await ana.http.get(f"/api/v1/links/preview?a={a}&b={b}")).json()
    assert preview["together"] == {"customers": 2, "conversations": 2}
    assert (await card_of(ana, again["id"]))["last"] is None, "looking changes nothing"
    made = await post(ana, "links", a=a, b=b, reason="Same voice on the telephone")
    assert made.status_code == 201
    card = await card_of(ana, again["id"])
    assert set(card["person"]["customers"]) == {a, b}
    assert card["last"]["fix"] == "Install the 2210 patch"
    assert card["person"]["identity"] == "device", "a link alone proves nothing"
    await july.session()
    assert [one["id"] for one in july.view["conversations"]] == [again["id"]]
    await march.session()
    assert [one["id"] for one in march.view["conversations"]] == [begun["id"]]
    assert (await post(ana, "links", a=a, b=b, reason="again")).json() == made.json()
    assert (await post(ana, "links", a=a, b=a, reason="x")).status_code == 409
    for body in ({"a": a, "b": b}, {"a": 7, "b": b, "reason": "x"}, {"b": b, "reason": "x"}):
        assert (await post(ana, "links", **body)).status_code == 400
    gone = await ana.http.request(
        "DELETE", f"/api/v1/links/{made.json()['id']}", json={"reason": "Not after all"}
    )
    assert gone.status_code == 204
    assert (await card_of(ana, again["id"]))["person"]["customers"] == [b]


async def test_a_second_person_agrees_where_the_inbox_asks_for_it(cast: Cast) -> None:
    march, begun, july, again, _ = await returns(cast)
    ana, bo = await cast.technician("ana"), await cast.technician("bo")
    await ana.claim(again["id"])
    records = Records(cast.server.installation)
    path = f"conversations/{again['id']}/vouch"
    try:
        records.ask("UPDATE customers_inbox SET vouching = 'off' WHERE key = 'demo'")
        refused = await post(ana, path, customer=customer_of(march), facts=["the model"])
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        records.ask("UPDATE customers_inbox SET vouching = 'second' WHERE key = 'demo'")
        waits = await post(ana, path, customer=customer_of(march), facts=["the model"])
        assert waits.status_code == 202
        vouch = waits.json()["vouch"]
        assert (await card_of(bo, again["id"]))["vouch"]["id"] == vouch
        assert [one["id"] for one in (await july.session())["conversations"]] == [again["id"]]
        assert (await post(ana, f"vouches/{vouch}/agree")).status_code == 403, "not the same person"
        assert (await post(bo, f"vouches/{vouch}/agree")).status_code == 201
        assert (await post(bo, f"vouches/{vouch}/agree")).status_code == 409
        assert {one["id"] for one in (await july.session())["conversations"]} == {begun["id"], again["id"]}

        other = await in_july(cast)
        third = await other.start("And who am I?")
        waits = await post(
            ana, f"conversations/{third['id']}/vouch", customer=customer_of(march), facts=["x"]
        )
        vouch = waits.json()["vouch"]
        assert (
            await post(bo, f"vouches/{vouch}/refuse", reason="She called from elsewhere")
        ).status_code == 204
        assert (await post(bo, f"vouches/{vouch}/agree")).status_code == 409
        assert [one["id"] for one in (await other.session())["conversations"]] == [third["id"]]
    finally:
        records.ask("UPDATE customers_inbox SET vouching = 'technician' WHERE key = 'demo'")


async def test_a_vouch_ends_by_itself(cast: Cast) -> None:
    march, begun, july, again, _ = await returns(cast)
    ana = await cast.technician("ana")
    made = await post(
        ana, f"conversations/{again['id']}/vouch", customer=customer_of(march), facts=["the model"]
    )
    await july.wire.wait(type="conversations")
    records = Records(cast.server.installation)
    now = str(datetime.now(UTC))
    records.ask(
        "UPDATE customers_grant SET expires_at = ? WHERE link_id = ?", now, uuid.UUID(made.json()["link"])
    )
    records.ask("UPDATE customers_link SET expires_at = ? WHERE id = ?", now, uuid.UUID(made.json()["link"]))
    await july.wire.wait(type="reset", conversation=begun["id"])
    assert (await card_of(ana, again["id"]))["person"]["customers"] == [customer_of_conversation(cast, again)]


def customer_of_conversation(cast: Cast, conversation: Frame) -> str:
    rows = Records(cast.server.installation).ask(
        "SELECT customer_id FROM chat_conversation WHERE id = ?", uuid.UUID(conversation["id"])
    )
    return str(uuid.UUID(str(rows[0][0])))


async def test_who_is_vouched_for_learns_of_no_other_browser_and_gets_no_key(cast: Cast) -> None:
    march, begun, july, again, _ = await returns(cast)
    ana = await cast.technician("ana")
    await post(ana, f"conversations/{again['id']}/vouch", customer=customer_of(march), facts=["the model"])
    await july.wire.wait(type="conversations")
    listed = (await july.http.get("/api/widget/v1/devices")).json()["devices"]
    assert [one["current"] for one in listed] == [True]
    key = await july.http.post(f"/api/widget/v1/conversations/{begun['id']}/resume-key", json={})
    assert key.status_code == 404
    own = (await march.http.get("/api/widget/v1/devices")).json()["devices"]
    assert len(own) == 2, "the owner sees the browser that was let in"
    assert (await july.http.delete(f"/api/widget/v1/devices/{own[0]['id']}")).status_code == 404


async def test_looking_at_what_is_not_proven_needs_a_reason(cast: Cast) -> None:
    march, begun, _, again, _ = await returns(cast)
    ana = await cast.technician("ana")
    path = f"conversations/{again['id']}/disclosures"
    assert (await post(ana, path, customer=customer_of(march))).status_code == 400
    answer = await post(ana, path, customer=customer_of(march), reason="To ask what she remembers")
    assert [one["id"] for one in answer.json()["conversations"]] == [begun["id"]]
    entries = Records(cast.server.installation).ask(
        "SELECT reason FROM customers_auditentry WHERE action = 'disclosed' AND other = ?",
        uuid.UUID(customer_of(march)),
    )
    assert entries == [("To ask what she remembers",)]


async def test_the_audit_log_is_only_added_to(cast: Cast) -> None:
    await returns(cast)
    records = Records(cast.server.installation)
    assert records.count("customers_auditentry") > 0
    with pytest.raises((sqlite3.DatabaseError, psycopg.Error), match="only ever added to"):
        records.ask("UPDATE customers_auditentry SET reason = 'nothing happened'")
