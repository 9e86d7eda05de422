"""Twelve ways in which a stranger pretends to be the customer, and what comes of each: nothing."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.known.forging import hmac_token, unsigned_token
from tests.known.test_guessing import add_inbox
from tests.support.cast import Cast, Records, canary
from tests.support.clients import CustomerClient
from tests.support.returning import (
    ask_for_code,
    code_in,
    enter_code,
    helped_in_march,
    in_july,
    link_in,
    mails_to,
    new_address,
    prove_mailbox,
    secret_of,
    signed_identity,
    use_key,
)
from tests.support.wire import Frame

WIDGET = "/api/widget/v1/"


@dataclass
class March:
    """Mara, who was helped, with a mailbox that she has proved, and words that stand nowhere else."""

    browser: CustomerClient
    talk: Frame
    key: str
    address: str
    secret: str

    @property
    def customer(self) -> str:
        return str(self.browser.view["customer"]["id"])


@pytest.fixture
async def mara(cast: Cast) -> AsyncIterator[March]:
    address, secret = new_address(), canary()
    browser, talk, key = await helped_in_march(cast, email=address, text=f"My PSC 2210v {secret}")
    await prove_mailbox(cast, browser, address)
    yield March(browser, talk, key, address, secret)
    await owner_has_it(browser, talk, secret)


async def owner_has_it(browser: CustomerClient, talk: Frame, secret: str) -> None:
    """Whatever a stranger did, it is there for whom it belongs to."""
    await browser.session()
    assert talk["id"] in {one["id"] for one in browser.view["conversations"]}
    events = await browser.http.get(f"{WIDGET}conversations/{talk['id']}/events")
    assert secret in events.text


async def sees_nothing(eve: CustomerClient, mara: March) -> None:
    """Not in her session, list or log; not over HTTP, not over the socket; not a word that was ever sent to her."""
    await eve.session()
    assert mara.talk["id"] not in str(eve.view)
    path = f"{WIDGET}conversations/{mara.talk['id']}"
    nowhere = f"{WIDGET}conversations/{uuid.uuid4()}"
    for method, rest, body in (
        ("GET", "/events", None),
        ("POST", "/messages", {"client_id": "c", "text": "x"}),
        ("POST", "/read", {"seq": 1}),
        ("POST", "/transcript", {}),
        ("POST", "/transcript", {"email": new_address("eve")}),
        ("POST", "/outcome", {"held": False}),
        ("POST", "/resume-key", {}),
    ):
        theirs = await eve.http.request(method, path + rest, json=body)
        nobodys = await eve.http.request(method, nowhere + rest, json=body)
        assert (theirs.status_code, theirs.content) == (404, nobodys.content), rest
    for frame in ("sync", "read", "typing"):
        answer = await eve.wire.ask(frame, conversation=mara.talk["id"], after=0, seq=1)
        assert answer["code"] == "not_found"
    assert mara.secret not in str(eve.wire.heard)


async def eve_in(cast: Cast, **claims: str) -> CustomerClient:
    """Eve, who has acted, with whatever she says of herself."""
    eve = await in_july(cast)
    await eve.start("I was here before", about=claims)
    return eve


async def test_1_a_stranger_types_the_address(cast: Cast, mara: March) -> None:
    eve = await eve_in(cast, name="Mara Lindqvist", email=mara.address, phone="+46701234567")
    await eve.do("about", email=mara.address.upper(), name="Mara Lindqvist")
    assert (await eve.http.post(f"{WIDGET}about", json={"email": mara.address})).status_code == 204
    await sees_nothing(eve, mara)
    assert len((await mara.browser.session())["conversations"]) == 1, "nor did hers grow"
    assert mara.browser.view["customer"]["name"] == "Mara Lindqvist"


async def test_2_a_stranger_types_the_address_and_wants_the_transcript(cast: Cast, mara: March) -> None:
    eve = await eve_in(cast, email=mara.address)
    hers, own = new_address("eve"), eve.view["conversations"] or (await eve.session())["conversations"]
    before = len(await mails_to(cast.server, mara.address))
    for address in (mara.address, hers):
        path = f"{WIDGET}conversations/{own[0]['id']}/transcript"
        assert (await eve.http.post(path, json={"email": address})).status_code == 202
    told = (await mails_to(cast.server, mara.address))[: -before or None]
    assert "RAPP-" not in str(told), "no key for anybody"
    assert "I was here before" not in str(told), "and nothing that a stranger wrote"
    assert mara.secret not in str(await mails_to(cast.server, hers))
    await sees_nothing(eve, mara)


async def test_3_a_signed_identity_is_replayed(cast: Cast, mara: March) -> None:
    user = uuid.uuid4().hex
    token = signed_identity(secret_of(cast), user, name="Mara")
    owner = await cast.visitor()
    await owner.session(
        identity=token, device_token=mara.browser.device_token, access_token=mara.browser.token
    )
    assert owner.view["conversations"], "for its owner it opens her history"
    eve = await in_july(cast)
    answer = await eve.http.post(f"{WIDGET}session", json={"inbox": "demo", "identity": token})
    assert (answer.status_code, answer.json()["reason"]) == (403, "replayed")
    await sees_nothing(eve, mara)


async def test_4_an_identity_without_a_signature_or_with_the_public_key_as_a_secret(
    cast: Cast, mara: March
) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM
    public = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    secret = private.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    inbox, user = add_inbox(cast, separate=False), uuid.uuid4().hex
    Records(cast.server.installation).ask(
        "UPDATE customers_inbox SET identity_key = ? WHERE key = ?", public, inbox
    )
    good = signed_identity(secret, user, algorithm="RS256", aud=inbox)
    owner = await cast.visitor()
    await owner.session(inbox=inbox, identity=good)
    await owner.connect()
    begun = await owner.start("for whom the site has signed")
    eve = await in_july(cast)
    claims = jwt.decode(good, options={"verify_signature": False}) | {"jti": uuid.uuid4().hex}
    for forged in (
        unsigned_token(claims),
        hmac_token(claims, public.encode()),
        hmac_token(claims, public.strip().encode()),
        hmac_token(claims, b""),
        good.rpartition(".")[0] + ".",
    ):
        answer = await eve.http.post(f"{WIDGET}session", json={"inbox": inbox, "identity": forged})
        assert (answer.status_code, answer.json()["code"]) == (403, "identity_refused")
        assert begun["id"] not in answer.text
    again = await cast.visitor()
    await again.session(inbox=inbox, identity=signed_identity(secret, user, algorithm="RS256", aud=inbox))
    assert [one["id"] for one in again.view["conversations"]] == [begun["id"]]


async def test_5_a_signature_of_one_inbox_in_another(cast: Cast, mara: March) -> None:
    """The owner of one site signs as many users as they like; none of them is a user of another site."""
    shop, user = add_inbox(cast, separate=False), uuid.uuid4().hex
    owner = await cast.visitor()
    await owner.session(
        identity=signed_identity(secret_of(cast), user, email=mara.address, email_verified=True),
        device_token=mara.browser.device_token,
        access_token=mara.browser.token,
    )
    assert owner.view["conversations"]
    eve = await in_july(cast)
    theirs = signed_identity(secret_of(cast), user, aud="demo")
    answer = await eve.http.post(f"{WIDGET}session", json={"inbox": shop, "identity": theirs})
    assert (answer.status_code, answer.json()["code"]) == (403, "identity_refused")
    own = signed_identity(secret_of(cast, shop), user, aud=shop, email=mara.address, email_verified=True)
    await eve.session(inbox=shop, identity=own)
    assert (eve.view["customer"], eve.view["conversations"]) == (None, [])
    await eve.connect()
    begun = await eve.start("as the same user id, at another site")
    await eve.session(inbox=shop, identity=signed_identity(secret_of(cast, shop), user, aud=shop))
    assert [one["id"] for one in eve.view["conversations"]] == [begun["id"]]
    await sees_nothing(eve, mara)


async def test_6_the_case_code_is_no_key(cast: Cast, mara: March) -> None:
    """It is printed and read aloud; it names a conversation to a technician and opens nothing."""
    eve = await eve_in(cast, order=mara.talk["case_code"], serial=mara.talk["case_code"])
    case = mara.talk["case_code"]
    assert (await use_key(eve, case)).status_code == 403
    assert (await enter_code(eve, case)).status_code == 403
    for place in (f"conversations/{case}/events", f"conversations/{case}/transcript", f"devices/{case}"):
        assert (await eve.http.get(WIDGET + place)).status_code == 404
    assert (await eve.http.post(f"{WIDGET}link", json={"token": case})).status_code == 403
    assert (await eve.wire.ask("sync", conversation=case, after=0))["code"] == "not_found"
    await sees_nothing(eve, mara)


async def test_7_an_old_device_token_that_was_copied(cast: Cast, mara: March) -> None:
    """Shown after its replacement was used it opens nothing, and ends the device: one of the two is a thief."""
    records, days = Records(cast.server.installation), "2026-01-01 00:00:00+00:00"
    old = str(mara.browser.device_token)
    async with CustomerClient(cast.server.url, device_token=old) as copy:
        assert (await copy.session())["returning"], "as long as it is the only one"
    device = mara.browser.view["customer"]["id"]
    records.ask(
        "UPDATE customers_device SET first_seen = ?, rotated_at = NULL WHERE customer_id = ?",
        days,
        uuid.UUID(device),
    )
    await mara.browser.session()
    assert mara.browser.device_token != old, "replaced"
    await mara.browser.session()
    records.ask("UPDATE customers_spenttoken SET at = ?", days)
    eve = await in_july(cast)
    eve.device_token = old
    await eve.session()
    assert (eve.view["customer"], eve.view["conversations"]) == (None, [])
    reset = await mara.browser.wire.wait(type="reset", conversation=mara.talk["id"])
    assert reset["reason"] == "access_ended"
    eve.device_token = None
    await sees_nothing(eve, mara)
    mara.browser.device_token = None
    mara.browser.http.cookies.clear()
    await mara.browser.session()
    assert mara.browser.view["customer"] is None, "she has to show again who she is"
    assert (await use_key(mara.browser, mara.key)).status_code == 200


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
