"""A visitor acts, and becomes a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from customers.audit import Actor
from customers.inserted import insert
from customers.models import Customer, Device
from customers.prepared import first, prepared
from customers.recognition.traits import record_traits
from customers.services.claims import keep_claims
from customers.services.devices import add_device, new_token_for
from customers.services.signed import Signed, grant_signed, keep_signed
from customers.visits import Visit


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who a browser turned out to be; `token` only when it was made just now for this very browser."""

    customer: UUID
    name: str
    device: UUID
    token: str | None


def arrive(
    *,
    visit: Visit,
    environment: dict[str, Any],
    claims: dict[str, str],
    traits: dict[str, str],
    at: datetime,
) -> Arrival:
    """The customer of this visit's browser, made now if the visitor has never acted.

    `claims` are what they say of themselves, `traits` what identifies nobody by itself (see `customers.recognition`);
    both make them findable for technicians.

    Runs inside a transaction of the caller. A repeated call for a visit whose first answer was lost finds the same
    customer.
    """
    device, token = settle(visit=visit, environment=environment, at=at)
    keep_claims(customer=device.customer, claims=claims, at=at)
    record_traits(device.customer, traits, at=at)
    return Arrival(device.customer_id, device.customer.name, device.pk, token)


def settle(
    *, visit: Visit, environment: dict[str, Any], at: datetime, known: Customer | None = None
) -> tuple[Device, str | None]:
    """The device of this visit; made now if there is none, with its token (None when it was there).

    A new device begins as whom the host site signed for, else as `known`, else as a new customer. Beside somebody
    else's device it gets no token of its own: the browser keeps the other's, and the signature leads here.
    """
    device = device_of(visit)
    if device is not None:
        return device, None
    if visit.signed:
        customer = keep_signed(visit.inbox, visit.facts(), at)
    else:
        customer = known or _new_customer(visit.inbox, at)
    device, token = add_device(
        customer=customer, visit=visit.id, environment=environment, at=at, beside=visit.beside
    )
    if visit.signed:
        actor = Actor("customer", customer.pk, customer.name)
        grant_signed(device, Signed(**visit.facts()), customer.inbox, at=at, actor=actor)
    return device, None if visit.beside else token


def _new_customer(inbox: UUID, at: datetime) -> Customer:
    customer = Customer(inbox_id=inbox, created_at=at)
    insert(customer)
    return customer


@dataclass(frozen=True, slots=True)
class Resumed:
    """What an earlier visit is good for: to go on with (`visit`), or a device found again with another `token`."""

    visit: Visit | None = None
    device: Device | None = None
    token: str | None = None


def resume(visit: Visit) -> Resumed:
    """Go on with a visitor's earlier visit.

    One that never acted goes on. One that began something whose answer was lost gets its device again. Once a
    browser has used that device's token, or it was revoked, the old access token is good for nothing: whoever
    found it in some log must not speak as that customer.
    """
    device = Device.objects.select_related("customer__inbox").filter(visit=visit.id).first()
    if device is None:
        return Resumed(visit=visit)
    if device.revoked_at is not None or device.last_seen != device.first_seen:
        return Resumed()
    return Resumed(device=device, token=new_token_for(device.id))


def device_of(visit: Visit) -> Device | None:
    """The live device of a visit, by the device its token names, else by the visit itself."""
    found = _by_id(device=visit.device) if visit.device else _by_visit(visit=visit.id)
    device: Device | None = first(found)
    return device


@prepared
def _by_id(device: UUID) -> QuerySet[Device, Device]:
    return Device.objects.select_related("customer__inbox").filter(revoked_at=None, id=device)


@prepared
def _by_visit(visit: UUID) -> QuerySet[Device, Device]:
    return Device.objects.select_related("customer__inbox").filter(revoked_at=None, visit=visit)
