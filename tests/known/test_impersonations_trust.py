"""How a stranger leans on mailboxes, technicians and shared computers, and what comes of it: nothing that stays."""

from __future__ import annotations

import time
import uuid

import httpx

from tests.known.march import March, eve_in, sees_nothing
from tests.support.cast import Cast
from tests.support.returning import (
    ask_for_code,
    code_in,
    enter_code,
    in_july,
    link_in,
    mails_to,
    new_address,
    prove_mailbox,
    secret_of,
    signed_identity,
    use_key,
)

WIDGET = "/api/widget/v1/"


async def test_8_a_code_to_the_victims_address_and_a_guess(cast: Cast, mara: March) -> None:
    eve = await in_july(cast)
    answers = [await ask_for_code(eve, mara.address), await ask_for_code(eve, new_address("nobody"))]
    assert [(one.status_code, one.content) for one in answers] == [(202, b"{}")] * 2
    code = code_in((await mails_to(cast.server, mara.address))[0])
    for guess in range(5):
        assert (await enter_code(eve, f"{(int(code) + 1 + guess) % 10**6:06}")).status_code == 403
    assert (await enter_code(eve, code)).status_code == 403
    await sees_nothing(eve, mara)


async def test_9_the_victims_mailed_link_in_another_browser(cast: Cast, mara: March) -> None:
    july = await in_july(cast)
    await ask_for_code(july, mara.address)
    mail = (await mails_to(cast.server, mara.address))[0]
    eve = await in_july(cast)
    await ask_for_code(eve, new_address("eve"))
    for who in (eve, await cast.visitor()):
        used = await who.http.post(f"{WIDGET}link/use", json={"token": link_in(mail)})
        assert (used.status_code, used.json()["code"]) == (403, "link_refused")
        assert (await enter_code(who, code_in(mail))).status_code == 403
    await sees_nothing(eve, mara)
    assert (await july.http.post(f"{WIDGET}link/use", json={"token": link_in(mail)})).status_code == 200
    assert (await july.wire.wait(type="conversations"))["conversations"][0]["id"] == mara.talk["id"]


async def test_10_a_wrong_vouch_and_the_old_mailbox_says_not_me(cast: Cast, mara: March) -> None:
    eve, ana = await eve_in(cast, name="Mara Lindqvist"), await cast.technician("ana")
    await eve.session()
    (own,) = eve.view["conversations"]
    await ana.claim(own["id"])
    body = {"customer": mara.customer, "facts": ["said that it was the PSC 2210v"], "reason": "sounded right"}
    vouched = await ana.http.post(f"/api/v1/conversations/{own['id']}/vouch", json=body)
    assert vouched.status_code == 201, vouched.text
    told = await eve.wire.wait(type="conversations")
    assert mara.talk["id"] in str(told), "she sees it, for now"
    # Whatever she might take away with her:
    path = f"{WIDGET}conversations/{mara.talk['id']}"
    assert (await eve.http.post(f"{path}/resume-key")).status_code == 404, "no key on a technician's word"
    devices = (await eve.http.get(f"{WIDGET}devices")).json()["devices"]
    assert [one["current"] for one in devices] == [True], "not the browsers of the owner"
    held = {one["id"] for one in (await mara.browser.http.get(f"{WIDGET}devices")).json()["devices"]}
    for device in held - {one["id"] for one in devices}:
        assert (await eve.http.delete(f"{WIDGET}devices/{device}")).status_code == 404
    address = new_address("eve")
    assert (await eve.http.post(f"{path}/transcript", json={"email": address})).status_code == 202
    await eve.http.delete(f"{WIDGET}resume-keys")
    since = len(eve.wire.heard)
    await ana.do("conversation.reopen", conversation=mara.talk["id"])
    await ana.resolve(mara.talk["id"], problem="p", cause="c", fix="f")
    solved = await eve.wire.wait(type="event", kind="resolved", conversation=mara.talk["id"], since=since)
    assert "resume_key" not in str(solved), "told to nobody while a stranger may be listening"

    notice = next(one for one in await mails_to(cast.server, mara.address) if "were opened" in one["subject"])
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=cast.server.url) as anywhere:
        said = await anywhere.post(f"{WIDGET}link/use", json={"token": link_in(notice)})
        assert said.status_code == 200, said.text
    reset = await eve.wire.wait(type="reset", conversation=mara.talk["id"], within=10)
    assert reset["reason"] == "access_ended"
    print(f"ended {time.monotonic() - began:.1f} s after the answer")
    for one in [*(await mails_to(cast.server, address))]:
        if "/link/#" in one["text"]:
            await eve.http.post(f"{WIDGET}link/use", json={"token": link_in(one)})
        assert mara.secret not in one["text"]
    later = await in_july(cast)
    await prove_mailbox(cast, eve, address)
    await ask_for_code(later, address)
    await enter_code(later, code_in((await mails_to(cast.server, address))[0]))
    await later.session()
    assert mara.talk["id"] not in str(later.view), "nor by the mailbox that she gave meanwhile"
    eve.wire.heard.clear()
    await sees_nothing(eve, mara)
    assert (await use_key(await in_july(cast), mara.key)).status_code == 200, "the owner's key is as it was"


async def test_11_a_stranger_signs_the_victim_out(cast: Cast, mara: March) -> None:
    eve = await eve_in(cast, email=mara.address)
    for device in (await mara.browser.http.get(f"{WIDGET}devices")).json()["devices"]:
        theirs = await eve.http.delete(f"{WIDGET}devices/{device['id']}")
        nobodys = await eve.http.delete(f"{WIDGET}devices/{uuid.uuid4()}")
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)
    assert (await eve.http.delete(f"{WIDGET}resume-keys")).status_code == 204, (
        "her own, of which there are none"
    )
    await sees_nothing(eve, mara)
    assert (await use_key(await in_july(cast), mara.key)).status_code == 200


async def test_12_a_mailbox_that_the_victim_only_typed(cast: Cast, mara: March) -> None:
    """Mara has once mistyped her address; whoever reads that mailbox proves it, and sees nothing of hers."""
    typo = new_address("eve")
    assert (await mara.browser.http.post(f"{WIDGET}about", json={"email": typo})).status_code == 204
    eve = await in_july(cast)
    await ask_for_code(eve, typo)
    assert (await enter_code(eve, code_in((await mails_to(cast.server, typo))[0]))).status_code == 200
    assert eve.view["conversations"] == []
    assert eve.view["customer"]["id"] != mara.customer
    await eve.connect()
    await eve.start("It is me")
    await sees_nothing(eve, mara)
    assert eve.view["customer"]["name"] == "", "nor her name"
    for mail in await mails_to(cast.server, typo):
        assert mara.secret not in mail["text"]


async def test_13_the_next_person_at_a_shared_computer(cast: Cast, mara: March) -> None:
    secret, subject, next_one = secret_of(cast), uuid.uuid4().hex, uuid.uuid4().hex
    computer = mara.browser
    await computer.session(identity=signed_identity(secret, subject), access_token=computer.token)
    assert computer.view["conversations"], "hers"
    await computer.session(identity=signed_identity(secret, next_one, name="Bob"))
    assert (computer.view["customer"], computer.view["conversations"]) == (None, [])
    await computer.connect()
    begun = await computer.start("Bob's own matter")
    for path in ("events", "transcript", "messages"):
        method = "GET" if path == "events" else "POST"
        answer = await computer.http.request(
            method, f"{WIDGET}conversations/{mara.talk['id']}/{path}", json={}
        )
        assert answer.status_code == 404
    assert mara.secret not in str(computer.wire.heard)
    await computer.session(identity=signed_identity(secret, next_one))
    assert [one["id"] for one in computer.view["conversations"]] == [begun["id"]]
    listed = (await computer.http.get(f"{WIDGET}devices")).json()["devices"]
    assert len(listed) == 1, "not hers, though it is the same computer"
    await computer.session(identity=signed_identity(secret, subject))
    assert {one["id"] for one in computer.view["conversations"]} == {mara.talk["id"]}, "back when she is"


async def test_14_a_name_seen_on_a_technicians_word_does_not_stay(cast: Cast, mara: March) -> None:
    """What a stranger writes while vouched for bears their own name, which they may not have given: never Mara's."""
    eve, ana = await in_july(cast), await cast.technician("ana")
    own = await eve.start("I am back")
    body = {"customer": mara.customer, "facts": ["the model"], "reason": "sounded right"}
    vouched = await ana.http.post(f"/api/v1/conversations/{own['id']}/vouch", json=body)
    await eve.wire.wait(type="conversations")
    await eve.say(own["id"], "So you know me")
    path = f"{WIDGET}conversations/{own['id']}"
    sent = await eve.http.post(f"{path}/messages", json={"client_id": "c", "text": "indeed"})
    assert sent.status_code == 201
    link = vouched.json()["link"]
    gone = await ana.http.request("DELETE", f"/api/v1/links/{link}", json={"reason": "somebody else"})
    assert gone.status_code == 204
    await eve.wire.wait(type="reset")
    await eve.session()
    assert "Lindqvist" not in (await eve.http.get(f"{path}/events")).text
    assert "Lindqvist" not in str(eve.view)
    eve.wire.heard.clear()
    await sees_nothing(eve, mara)
