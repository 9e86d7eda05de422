"""Device tokens: 256 random bits that only the browser knows; we keep a hash.

A token is replaced now and then. The one before it stays good until its replacement is used, so that an answer may
get lost; shown again after that, it was copied, and the device ends: neither the thief nor the owner goes on with it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeGuard
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F, Q, QuerySet

from customers import audit
from customers.audit import Actor
from customers.inserted import insert
from customers.models import Action, Customer, Device, Grant, Proof, SpentToken
from customers.prepared import first, prepared
from customers.services.grants import revoke

PREFIX = "rd1_"
#: A window that was open meanwhile may still show it for so long. It opens nothing then, but ends nothing either.
GRACE = timedelta(minutes=2)


def new_token() -> tuple[str, bytes]:
    """A fresh token and the hash to keep of it."""
    token = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """SHA-256: the token is random, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def held_device(tokens: Iterable[object], at: datetime, actor: Actor) -> tuple[Device, str] | None:
    """The live device that holds the first good one of these tokens (a browser keeps two copies), and that token.

    None when there is none. When all there is is a token that was replaced and whose replacement was used, the
    device is revoked: somebody has copied it.
    """
    shown = [token for token in tokens if _may_be(token)]
    for token in shown:
        if (device := _by_hash(token_hash(token), at)) is not None:
            return device, token
    for token in shown:
        spent = SpentToken.objects.select_related("device__customer__inbox").filter(
            token_hash=token_hash(token)
        )
        found = spent.first()
        if found is None or found.device.revoked_at is not None:
            continue
        if at - found.at <= GRACE:
            continue
        revoke_device(
            found.device, at=at, actor=actor, reason="An old token of this browser was shown again."
        )
        audit.record(
            Action.TOKEN_REUSED, actor, at=at, customer=found.device.customer_id, device=found.device.pk
        )
    return None


def seen(device: Device, *, at: datetime, environment: dict[str, Any]) -> None:
    """Remember when and as what this browser was last here: the first time, and at most once an hour after that."""
    first = device.last_seen == device.first_seen
    if first or at - device.last_seen > timedelta(hours=1) or device.environment != environment:
        Device.objects.filter(pk=device.pk).update(last_seen=at, environment=environment)


def add_device(
    *,
    customer: Customer,
    visit: UUID,
    environment: dict[str, Any],
    at: datetime,
    evidence: str = "",
    beside: UUID | None = None,
) -> tuple[Device, str]:
    """A new browser of `customer`, allowed to see the customer it began as. Gives its token, once."""
    token, kept = new_token()
    if _begun_in(visit=visit):
        visit = uuid4()  # a device that was revoked began in this visit
    device = Device(
        customer=customer,
        visit=visit,
        token_hash=kept,
        environment=environment,
        first_seen=at,
        last_seen=at,
        beside_id=beside,
    )
    insert(device)
    insert(Grant(device=device, customer=customer, proof=Proof.DEVICE, at=at, evidence=evidence[:200]))
    return device, token


def new_token_for(device: UUID) -> str:
    """Another token for a device whose answer may have been lost on its way; the first is good until this is used."""
    token, kept = new_token()
    Device.objects.filter(pk=device).update(token_hash=kept, previous_hash=F("token_hash"))
    return token


def rotated(device: Device, shown: str, at: datetime) -> str | None:
    """A new token for this device when its token has been in use long enough, else None."""
    age = timedelta(seconds=settings.RAPPORT["DEVICE_ROTATION"])
    if at - (device.rotated_at or device.first_seen) < age:
        return None
    token, kept = new_token()
    # Of two windows that come at once, one replaces it; the other goes on with the token it has.
    unchanged = Device.objects.filter(pk=device.pk, token_hash=bytes(device.token_hash))
    if unchanged.update(token_hash=kept, previous_hash=token_hash(shown), rotated_at=at) != 1:
        return None
    return token


def revoke_device(device: Device, *, at: datetime, actor: Actor, reason: str) -> None:
    """This browser opens nothing any more, by any proof; nor do its tokens."""
    Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=at)
    revoke(Q(device=device), at=at, actor=actor, reason=reason)


def _may_be(token: object) -> TypeGuard[str]:
    return isinstance(token, str) and token.startswith(PREFIX) and len(token) <= 100


@prepared
def _begun_in(visit: UUID) -> QuerySet[Device, Any]:
    return Device.objects.filter(visit=visit).values_list("id")


@prepared
def _live(kept: bytes) -> QuerySet[Device, Device]:
    either = Q(token_hash=kept) | Q(previous_hash=kept)
    return Device.objects.select_related("customer__inbox").filter(either, revoked_at=None).order_by("id")


def _by_hash(kept: bytes, at: datetime) -> Device | None:
    device: Device | None = first(_live(kept=kept))
    if device is not None and device.previous_hash is not None and bytes(device.token_hash) == kept:
        # The replacement has arrived: whoever shows the old one after this has it from somewhere else.
        used = Device.objects.filter(pk=device.pk, previous_hash=bytes(device.previous_hash))
        if used.update(previous_hash=None) == 1:
            SpentToken.objects.get_or_create(
                token_hash=bytes(device.previous_hash), defaults={"device": device, "at": at}
            )
        device.previous_hash = None
    return device
