"""Somebody logged in at the host site opens the widget, perhaps at a computer that others use too."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from customers.audit import Actor
from customers.models import Customer, Device, Identifier, Inbox, Proof
from customers.services.devices import add_device
from customers.services.grants import give
from customers.services.links import link
from customers.services.signed import Signed, customer_of, grant_signed, remember_signed
from customers.visits import TokenRefused, Visit, visit_of


def log_in(
    *,
    inbox: Inbox,
    person: Signed,
    base: Device | None,
    earlier: object,
    environment: dict[str, Any],
    actor: Actor,
    at: datetime,
) -> tuple[Device, str | None] | None:
    """The device that this person speaks from, and its token where a new browser is to keep one.

    `base` is the device whose token the browser holds, `earlier` an access token of the page before. None for a
    person who has never acted: nothing is written for them. Whoever wrote from this browser before is not shown to
    the person who logs in, unless that happened in this very page: then both are the same hands.
    """
    customer = customer_of(inbox.pk, person.subject)
    same_hands = base is not None and _same_page(base, earlier) and not _is_signed(base.customer)
    if customer is None and same_hands:
        assert base is not None
        customer = base.customer
    if customer is None:
        return None
    token: str | None = None
    if base is None:
        device, token = add_device(customer=customer, visit=uuid4(), environment=environment, at=at)
    elif base.customer_id == customer.pk:
        device = base
    else:
        device = _beside(base, customer, environment, at)
        if same_hands:
            give(device, base.customer, Proof.DEVICE, at=at, actor=actor, evidence="the same page")
            words = "Logged in while writing."
            link(customer, base.customer, reason=words, proof=Proof.SIGNED, by=actor, at=at)
    remember_signed(customer, inbox.pk, person, at)
    grant_signed(
        device, person, inbox, at=at, actor=Actor("customer", customer.pk, customer.name, actor.place)
    )
    return device, token


def _beside(base: Device, customer: Customer, environment: dict[str, Any], at: datetime) -> Device:
    found = (
        Device.objects.select_related("customer__inbox")
        .filter(beside=base, customer=customer, revoked_at=None)
        .first()
    )
    if found is not None:
        return found
    return add_device(customer=customer, visit=uuid4(), environment=environment, at=at, beside=base.pk)[0]


def _same_page(base: Device, earlier: object) -> bool:
    try:
        visit: Visit = visit_of(earlier)
    except TokenRefused:
        return False
    return visit.device == base.pk or visit.id == base.visit


def _is_signed(customer: Customer) -> bool:
    return customer.identifiers.filter(kind=Identifier.Kind.HOST_USER).exists()
