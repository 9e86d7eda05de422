"""Identities that a host site signs, and the next person at the same computer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.support.cast import Cast, Records
from tests.support.clients import CustomerClient
from tests.support.returning import secret_of, signed_identity


async def come(who: CustomerClient, identity: str | None, **more: object) -> httpx.Response:
    body = {"inbox": "demo", "identity": identity, "device_token": who.device_token, **more}
    return await who.http.post(
        "/api/widget/v1/session", json={k: v for k, v in body.items() if v is not None}
    )


async def test_a_signed_person_is_the_same_in_every_browser(cast: Cast) -> None:
    secret, mara = secret_of(cast), f"user-{uuid.uuid4().hex}"
    first = await cast.visitor()
    await first.session(
        identity=signed_identity(secret, mara, name="Mara Lindqvist", email="mara@example.com")
    )
    assert first.view["customer"] is None, "nobody has acted: no row"
    assert Records(cast.server.installation).ask(
        "SELECT count(*) FROM customers_identifier WHERE shown = ?", mara
    ) == [(0,)]
    await first.connect()
    begun = await first.start("My printer")
    other = await cast.visitor()
    await other.session(identity=signed_identity(secret, mara))
    assert [one["id"] for one in other.view["conversations"]] == [begun["id"]]
    assert other.view["customer"] | {"id": ""} == {"id": "", "name": "Mara Lindqvist", "identity": "signed"}
    ana = await cast.technician("ana")
    context = await ana.claim(begun["id"])
    assert context["return_card"]["person"]["identity"] == "signed"
    proofs = {one["kind"]: one["proof"] for one in context["customer"]["identifiers"]}
    assert proofs == {"host_user": "signed", "email": "claimed"}, "the address was not verified"


async def test_the_next_person_at_a_shared_computer(cast: Cast) -> None:
    secret, mara, bob = secret_of(cast), uuid.uuid4().hex, uuid.uuid4().hex
    computer = await cast.visitor()
    await computer.session(identity=signed_identity(secret, mara))
    await computer.connect()
    begun = await computer.start("Mara's own matter")
    await computer.session(identity=signed_identity(secret, bob))
    assert (computer.view["customer"], computer.view["conversations"]) == (None, [])
    await computer.connect()
    his = await computer.start("Bob's own matter")
    await computer.session(identity=signed_identity(secret, bob))
    assert [one["id"] for one in computer.view["conversations"]] == [his["id"]]
    answer = await computer.wire.ask("sync", conversation=begun["id"], after=0)
    assert answer["code"] == "not_found"
    await computer.session(identity=signed_identity(secret, mara))
    assert [one["id"] for one in computer.view["conversations"]] == [begun["id"]], "back when she is"


async def test_who_wrote_without_logging_in_is_not_shown_to_who_logs_in(cast: Cast) -> None:
    secret = secret_of(cast)
    computer = await cast.customer()
    begun = await computer.start("An anonymous matter")
    token = computer.device_token
    for subject in ("bob", "bob"):
        await computer.session(identity=signed_identity(secret, f"{subject}-{token}"[:60]))
        assert (computer.view["customer"], computer.view["conversations"]) == (None, [])
        assert computer.view["device_token"] is None, "the browser keeps whose it is"
    await computer.connect()
    await computer.start("Bob's matter")
    assert computer.device_token == token
    await computer.session()
    assert [one["id"] for one in computer.view["conversations"]] == [begun["id"]]


async def test_logging_in_while_writing_keeps_the_conversation(cast: Cast) -> None:
    secret, mara = secret_of(cast), uuid.uuid4().hex
    page = await cast.customer()
    begun = await page.start("I was asked to log in")
    await page.session(identity=signed_identity(secret, mara), access_token=page.token)
    assert [one["id"] for one in page.view["conversations"]] == [begun["id"]]
    assert page.view["customer"]["identity"] == "signed"
    elsewhere = await cast.visitor()
    await elsewhere.session(identity=signed_identity(secret, mara))
    assert [one["id"] for one in elsewhere.view["conversations"]] == [begun["id"]]


@pytest.mark.parametrize(
    ("reason", "claims"),
    [
        ("expired", {"exp": int(time.time()) - 60}),
        ("too_long", {"exp": int(time.time()) + 1800}),
        ("not_yet", {"iat": int(time.time()) + 900, "exp": int(time.time()) + 500}),
        ("audience", {"aud": "another-inbox"}),
        ("claims", {"sub": None}),
        ("claims", {"jti": None}),
        ("claims", {"exp": None}),
        ("claims", {"iat": None}),
        ("claims", {"sub": ""}),
        ("claims", {"sub": 7}),
        ("claims", {"sub": "x" * 200}),
        ("claims", {"jti": ["x"]}),
    ],
)
async def test_what_does_not_hold_is_refused_by_name(
    cast: Cast, reason: str, claims: dict[str, object]
) -> None:
    who = await cast.visitor()
    subject = claims.get("sub", uuid.uuid4().hex)
    rest = {name: value for name, value in claims.items() if name != "sub"}
    answer = await come(who, signed_identity(secret_of(cast), subject, **rest))  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (403, "identity_refused")
    assert answer.json()["reason"] == reason
    assert (await come(who, None)).status_code == 200, "the chat goes on as a visitor"


async def test_old_wrong_and_replayed(cast: Cast) -> None:
    secret, who = secret_of(cast), await cast.visitor()
    good = signed_identity(secret, "mara")
    assert (await come(who, good)).status_code == 200
    for token, reason in (
        (good, "replayed"),
        (signed_identity("another secret of enough letters, really", "mara"), "signature"),
        (good.rpartition(".")[0] + ".", "signature"),
        ("eyJhbGciOiJub25lIn0." + good.split(".")[1] + ".", "algorithm"),
        (signed_identity(secret * 2, "mara", algorithm="HS512"), "algorithm"),
        ("", "malformed"),
        ("a.b.c", "malformed"),
        ("x" * 9000, "malformed"),
        (good.replace(".", ""), "malformed"),
    ):
        answer = await come(who, token)
        assert (answer.status_code, answer.json().get("reason")) == (403, reason), token[:60]
    wrong: tuple[object, ...] = (7, {}, [], True)
    for nonsense in wrong:
        answer = await who.http.post("/api/widget/v1/session", json={"inbox": "demo", "identity": nonsense})
        assert (answer.status_code, answer.json().get("reason")) == (403, "malformed")


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
async def test_a_registered_key_decides_the_algorithm(cast: Cast, algorithm: str) -> None:
    if algorithm == "RS256":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ed25519.Ed25519PrivateKey.generate()  # type: ignore[assignment]
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
    public = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    records, inbox, secret = Records(cast.server.installation), f"key-{uuid.uuid4().hex[:8]}", "s" * 43
    records.ask(
        "INSERT INTO customers_inbox (id, key, name, color, greeting, allowed_origins, separate, created_at,"
        " identity_secret, identity_key, vouching, vouch_days, held_after_days)"
        " SELECT ?, ?, 'Key', '#0b6b5d', '', '[]', FALSE, created_at, ?, ?, 'off', 30, 0"
        " FROM customers_inbox WHERE key = 'demo'",
        *(uuid.uuid4(), inbox, secret, public),
    )
    who = await cast.visitor()

    async def try_with(token: str) -> str:
        answer = await who.http.post("/api/widget/v1/session", json={"inbox": inbox, "identity": token})
        return str(answer.json().get("reason", answer.status_code))

    good = {"algorithm": algorithm, "aud": inbox}
    assert await try_with(signed_identity(private, "mara", **good)) == "200"
    assert await try_with(signed_identity(private, "mara", algorithm=algorithm, aud=None)) == "200"
    assert await try_with(signed_identity(secret, "mara", aud=inbox)) == "algorithm", "not with the secret"
    forged = forged_with(public, inbox)
    assert await try_with(forged) == "algorithm", "nor with the public key as a secret"


def forged_with(public: str, inbox: str) -> str:
    """What an attacker makes who takes the public key for the secret (PyJWT itself refuses to make it)."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    now = int(time.time())
    claims = {"sub": "mara", "iat": now, "exp": now + 60, "jti": uuid.uuid4().hex, "aud": inbox}
    text = f"{part(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{part(json.dumps(claims).encode())}"
    return f"{text}.{part(hmac.new(public.encode(), text.encode(), hashlib.sha256).digest())}"
