"""How a stranger pretends to be the customer, by claims, signatures and tokens, and what comes of it: nothing."""

from __future__ import annotations

import uuid

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.known.forging import hmac_token, unsigned_token
from tests.known.march import March, eve_in, sees_nothing
from tests.known.test_guessing import add_inbox
from tests.support.cast import Cast, Records
from tests.support.clients import CustomerClient
from tests.support.returning import (
    enter_code,
    in_july,
    mails_to,
    new_address,
    secret_of,
    signed_identity,
    use_key,
)

WIDGET = "/api/widget/v1/"


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
