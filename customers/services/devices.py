"""Device tokens: 256 random bits that only the browser knows; we keep a hash."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from customers.models import Customer, Device, Grant, Proof

PREFIX = "rd1_"


def new_token() -> tuple[str, bytes]:
    """A fresh token and the hash to keep of it."""
    token = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return token, token_hash(token)


def token_hash(token: str) -> bytes:
    """SHA-256: the token is random, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def device_by_token(token: object) -> Device | None:
    """The live device that holds this token, or None for anything else."""
    if not isinstance(token, str) or not token.startswith(PREFIX) or len(token) > 100:
        return None
    kept = token_hash(token)
    either = Q(token_hash=kept) | Q(previous_hash=kept)
    device = Device.objects.select_related("customer").filter(either, revoked_at=None).first()
    if device is not None and device.previous_hash is not None and bytes(device.token_hash) == kept:
        Device.objects.filter(pk=device.pk).update(previous_hash=None)
    return device


def seen(device: Device, *, at: datetime, environment: dict[str, Any]) -> None:
    """Remember when and as what this browser was last here: the first time, and at most once an hour after that."""
    first = device.last_seen == device.first_seen
    if first or at - device.last_seen > timedelta(hours=1) or device.environment != environment:
        Device.objects.filter(pk=device.pk).update(last_seen=at, environment=environment)


def add_device(
    *, customer: Customer, visit: UUID, environment: dict[str, Any], at: datetime
) -> tuple[Device, str]:
    """A new browser of `customer`, allowed to see the customer it began as. Gives its token, once."""
    token, kept = new_token()
    device = Device.objects.create(
        customer=customer, visit=visit, token_hash=kept, environment=environment, first_seen=at, last_seen=at
    )
    Grant.objects.create(device=device, customer=customer, proof=Proof.DEVICE, at=at)
    return device, token


def new_token_for(device: UUID) -> str:
    """Another token for a device whose answer may have been lost on its way; the first is good until this is used."""
    token, kept = new_token()
    Device.objects.filter(pk=device).update(token_hash=kept, previous_hash=F("token_hash"))
    return token


def live(at: datetime) -> Q:
    """The grants that open something at `at`."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))
