"""A visitor acts, and becomes a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from customers.models import Customer, Device
from customers.services.claims import record_claims
from customers.services.devices import add_device, new_token_for
from customers.visits import Visit


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who a browser turned out to be; `token` only when it was made just now for this very browser."""

    customer: UUID
    name: str
    device: UUID
    token: str | None


def arrive(*, visit: Visit, environment: dict[str, Any], claims: dict[str, str], at: datetime) -> Arrival:
    """The customer of this visit's browser, made now if the visitor has never acted.

    Runs inside a transaction of the caller. A repeated call for a visit whose first answer was lost finds the same
    customer.
    """
    device = device_of(visit)
    token: str | None = None
    if device is None:
        customer = Customer.objects.create(inbox_id=visit.inbox, created_at=at)
        taken = Device.objects.filter(visit=visit.id).exists()  # by one that was revoked since
        device, token = add_device(
            customer=customer, visit=uuid4() if taken else visit.id, environment=environment, at=at
        )
    else:
        customer = device.customer
    if claims:
        record_claims(customer=customer, claims=claims, at=at)
    return Arrival(customer.id, customer.name, device.id, token)


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
    device = Device.objects.select_related("customer").filter(visit=visit.id).first()
    if device is None:
        return Resumed(visit=visit)
    if device.revoked_at is not None or device.last_seen != device.first_seen:
        return Resumed()
    return Resumed(device=device, token=new_token_for(device.id))


def device_of(visit: Visit) -> Device | None:
    """The live device of a visit, by the device its token names, else by the visit itself."""
    known = {"id": visit.device} if visit.device else {"visit": visit.id}
    return Device.objects.select_related("customer").filter(revoked_at=None, **known).first()
