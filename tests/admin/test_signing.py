"""An inbox's secret and public key, and how far a technician's word goes there."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from agents.models import Technician
from customers.audit import Actor
from customers.models import Device, Grant, Inbox, Proof
from customers.services.devices import add_device
from customers.services.grants import give
from customers.services.signed import SignatureRefused, check
from tests.admin.family import stranger
from tests.admin.pages import changed, page

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Northwind",
    "key": "demo",
    "greeting": "Hello",
    "color": "#204060",
    "allowed_origins": "https://www.example.com",
    "vouching": "technician",
    "vouch_days": 30,
    "held_after_days": 3,
}


@pytest.fixture
def inbox() -> Inbox:
    return Inbox.objects.get(key="demo")


def saved(ruth: Client, inbox: Inbox, **fields: object) -> str:
    body = changed(ruth, "customers_inbox_change", inbox.pk, **{**FORM, **fields})
    inbox.refresh_from_db()
    return body


def public(key: Any, encoding: Encoding = Encoding.PEM, form: object = None) -> str:
    written: bytes = key.public_key().public_bytes(encoding, form or PublicFormat.SubjectPublicKeyInfo)
    return written.decode()


def token(key: object, algorithm: str, **more: object) -> str:
    now = int(time.time())
    claims = {"sub": "user-17", "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex, **more}
    return jwt.encode(claims, key, algorithm=algorithm)  # type: ignore[arg-type]


def accepted(inbox: Inbox, signed: str) -> str:
    try:
        return check(inbox, signed, at=datetime.now(UTC), actor=Actor("customer")).subject
    except SignatureRefused as refused:
        return refused.reason


def test_the_secret_is_there_but_hidden_until_asked_for(ruth, inbox):
    body = page(ruth, "customers_inbox_change", inbox.pk)
    hidden = re.search(r"<details class=\"secret\">(.*?)</details>", body, re.DOTALL)
    assert hidden
    assert inbox.identity_secret in hidden[1]
    assert body.count(inbox.identity_secret) == 1
    assert inbox.identity_secret not in page(ruth, "customers_inbox_changelist")
    assert 'name="identity_secret"' not in body
    assert "Made when the inbox is saved." in page(ruth, "customers_inbox_add")


def test_who_may_only_look_does_not_see_the_secret(inbox):
    helper = Technician.objects.create_user("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_inbox"))
    looks = Client()
    looks.force_login(helper)
    body = page(looks, "customers_inbox_change", inbox.pk)
    assert inbox.name in body
    assert inbox.identity_secret not in body
    address = reverse("admin:customers_inbox_new_secret", args=[inbox.pk])
    assert looks.get(address).status_code == looks.post(address).status_code == 403


def test_a_new_secret_ends_the_old_one_at_once(ruth, inbox):
    old = inbox.identity_secret
    assert accepted(inbox, token(old, "HS256")) == "user-17"
    asked = page(ruth, "customers_inbox_new_secret", inbox.pk)
    assert "stops working at once" in asked
    inbox.refresh_from_db()
    assert inbox.identity_secret == old, "asking changes nothing"
    body = changed(ruth, "customers_inbox_new_secret", inbox.pk)
    assert "The old one has stopped working" in body
    inbox.refresh_from_db()
    assert len(inbox.identity_secret) >= 43
    assert accepted(inbox, token(old, "HS256")) == "signature"
    assert accepted(inbox, token(inbox.identity_secret, "HS256")) == "user-17"
    history = page(ruth, "customers_inbox_history", inbox.pk)
    assert "New signing secret." in history
    assert inbox.identity_secret not in history


def test_what_a_stolen_secret_let_in_is_found_and_revoked(ruth, inbox):
    at = datetime.now(UTC)
    let_in, _ = add_device(customer=stranger(inbox), visit=uuid.uuid4(), environment={}, at=at)
    give(let_in, let_in.customer, Proof.SIGNED, at=at, actor=Actor("customer"))
    asked = page(ruth, "customers_inbox_new_secret", inbox.pk)
    found = re.search(rf'href="({reverse("admin:customers_device_changelist")}\?[^"]+)"', asked)
    assert found
    listed = ruth.get(found[1].replace("&amp;", "&")).content.decode()
    keys = re.findall(r'name="_selected_action" value="([^"]+)"', listed)
    assert keys == [str(let_in.pk)]
    assert Device.objects.count() > 1
    changed(ruth, "customers_device_changelist", action="revoke", _selected_action=keys)
    assert not Grant.objects.filter(device=let_in, revoked_at=None).exists()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
    ids=["RSA", "Ed25519"],
)
def test_a_public_key_takes_the_place_of_the_secret(ruth, inbox, key, algorithm):
    assert "HS256" in page(ruth, "customers_inbox_change", inbox.pk)
    saved(ruth, inbox, identity_key=public(key).replace("\n", "\r\n") + "\r\n ")
    assert inbox.identity_key == public(key).strip()
    assert algorithm in page(ruth, "customers_inbox_change", inbox.pk)
    assert accepted(inbox, token(key, algorithm)) == "user-17"
    assert accepted(inbox, token(inbox.identity_secret, "HS256")) == "algorithm"
    saved(ruth, inbox, identity_key="")
    assert accepted(inbox, token(inbox.identity_secret, "HS256")) == "user-17"


def test_one_key_for_two_inboxes_is_one_key_however_it_is_written(ruth, inbox):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    saved(ruth, inbox, identity_key=public(key, form=PublicFormat.PKCS1))
    other = Inbox.objects.create(key="other", name="Other")
    changed(
        ruth,
        "customers_inbox_change",
        other.pk,
        **{**FORM, "key": "other"},
        identity_key=public(key) + "\n\n",
    )
    other.refresh_from_db()
    assert other.identity_key == inbox.identity_key != ""
    assert accepted(inbox, token(key, "RS256")) == "audience", "a token for one would be good for the other"
    assert accepted(inbox, token(key, "RS256", aud="demo")) == "user-17"
    assert accepted(other, token(key, "RS256", aud="demo")) == "audience"


SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)
STRANGE = (
    "-----BEGIN PUBLIC KEY-----\nMDIwEAYHKoZIzj0CAQYFK4EEAAYDHgAEJZGUGRRb2lo8tF4r09NdbnB/cV+fMtSP\nhzr07A==\n"
    "-----END PUBLIC KEY-----"
)


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("hello", "Paste the public key in PEM form"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "Paste the public key in PEM form"),
        (STRANGE, "Paste the public key in PEM form"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample me@example.com", "Paste the public key in PEM form"),
        (public(SMALL), "at least 2048 bits"),
        (public(ec.generate_private_key(ec.SECP256R1())), "at least 2048 bits, or an Ed25519 key"),
        (public(dsa.generate_private_key(1024)), "at least 2048 bits, or an Ed25519 key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "This is a certificate"),
        (
            ed25519.Ed25519PrivateKey.generate()
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
            "This is the private half",
        ),
        ("x" * 10_001, "Paste the public key in PEM form"),
    ],
    ids=[
        "word",
        "garbage",
        "strange-curve",
        "ssh",
        "small",
        "P-256",
        "dsa",
        "certificate",
        "private",
        "long",
    ],
)
def test_what_is_no_public_key_is_refused_in_words(ruth, inbox, pasted, words):
    body = saved(ruth, inbox, identity_key=pasted)
    assert words in body
    assert inbox.identity_key == ""


def test_how_far_a_technicians_word_goes_is_chosen_in_words(ruth, inbox):
    body = page(ruth, "customers_inbox_change", inbox.pk)
    for words in (
        "Never",
        "One technician decides",
        "A second technician must agree",
        "The old mailboxes are told",
    ):
        assert words in body
    saved(ruth, inbox, vouching="second", vouch_days=7, held_after_days=0)
    assert (inbox.vouching, inbox.vouch_days, inbox.held_after_days) == ("second", 7, 0)
    for wrong in (
        {"vouch_days": 0},
        {"vouch_days": 366},
        {"held_after_days": 366},
        {"vouching": "everybody"},
    ):
        assert "errorlist" in saved(ruth, inbox, **wrong)
    assert (inbox.vouching, inbox.vouch_days, inbox.held_after_days) == ("second", 7, 0)
