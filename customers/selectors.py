"""The doors to inboxes and to what one browser may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from customers.models import Device, Grant, Identifier, Inbox, Link, Proof
from customers.persons import links_of, live_link, person_of, persons_of
from customers.prepared import first, prepared
from customers.services.grants import live
from customers.visits import Visit

__all__ = [
    "Browser",
    "browser_of",
    "browser_of_visit",
    "identities_of",
    "identifiers_of",
    "identity_word",
    "inbox_by_key",
    "links_of",
    "person_of",
    "persons_of",
]


@dataclass(frozen=True, slots=True)
class Browser:
    """What one browser may see: the customers it holds a live grant for, and the one it speaks as.

    `name` is for this browser; `own_name`, what this very customer has given, is for what is kept. `granted`: when it
    was given what it may see.
    """

    device: UUID
    customer: UUID
    name: str
    identity: str
    customers: frozenset[UUID]
    own_name: str = ""
    granted: frozenset[datetime] = frozenset()


def inbox_by_key(key: object) -> Inbox | None:
    """The inbox with this public key, or None."""
    if not isinstance(key, str) or len(key) > 40 or not key.isascii() or "\0" in key:
        return None
    inbox: Inbox | None = first(_inboxes(key=key))
    return inbox


def browser_of_visit(visit: Visit, at: datetime) -> Browser | None:
    """What the browser of this visit may see at `at`; None while it is a visitor's, or was revoked."""
    grants = _by_device(device=visit.device, at=at) if visit.device else _by_visit(visit=visit.id, at=at)
    return _browser(grants, visit.inbox)


def browser_of(device: Device, at: datetime, inbox: UUID) -> Browser | None:
    """What this device may see of `inbox` at `at`; None when no live grant covers even the customer it began as.

    Customers of another inbox are seen only where neither of the two is separate.
    """
    return _browser(_by_device(device=device.id, at=at), inbox)


def _browser(grants: list[Any], inbox: UUID) -> Browser | None:
    if not grants:
        return None
    device, customer, own_name = grants[0][6:]
    granted = frozenset(row[5] for row in grants)
    if any(home != inbox for _, _, _, home, *_ in grants):
        closed = Inbox.objects.filter(pk=inbox, separate=True).exists()
        grants = [row for row in grants if row[3] == inbox or not (closed or row[4])]
    customers = frozenset(row[0] for row in grants)
    if customer not in customers:
        return None
    best = max((Proof(row[1]) for row in grants), key=lambda proof: proof.strength)
    # Somebody who has not said their name here may have said it when they were here before.
    names = sorted((row for row in grants if row[2]), key=lambda row: Proof(row[1]).strength)
    name = own_name or (names[-1][2] if names else "")
    return Browser(device, customer, name, identity_word(best), customers, own_name, granted)


def identity_word(proof: Proof) -> str:
    """The wire's word for a proof: anonymous, device, vouched, proven, signed."""
    return "anonymous" if proof == Proof.CLAIMED else str(proof)


@prepared
def identifiers_of(customers: Iterable[UUID]) -> QuerySet[Identifier, Identifier]:
    """What these customers said of themselves, or proved, the newest first. For technicians."""
    return Identifier.objects.filter(customer__in=customers).order_by("-created_at", "-id")


def identities_of(customers: Iterable[UUID], at: datetime) -> dict[UUID, str]:
    """How sure we are, for technicians, that whoever writes is each of these customers; in three queries.

    The best of what their browsers hold, of the addresses they have proved, and of the links to who they were before.
    """
    proofs: dict[UUID, Proof] = dict.fromkeys(customers, Proof.CLAIMED)

    def raise_to(customer: UUID, proof: str) -> None:
        proofs[customer] = max(proofs[customer], Proof(proof), key=lambda one: one.strength)

    asked = list(proofs)
    for customer, proof in _held_by_browsers(customers=asked, at=at):
        raise_to(customer, proof)
    for customer, proof in _proved(customers=asked):
        raise_to(customer, proof)
    for a, b, proof in _linked(customers=asked, at=at):
        for customer in (a, b):
            if customer in proofs:
                raise_to(customer, proof)
    return {customer: identity_word(proof) for customer, proof in proofs.items()}


@prepared
def _inboxes(key: str) -> QuerySet[Inbox, Inbox]:
    return Inbox.objects.filter(key=key)


#: Of each grant: whose conversations, why, their name and inbox, since when; and whose device, the same in each row.
_GRANTED = (
    *("customer_id", "proof", "customer__name", "customer__inbox_id", "customer__inbox__separate", "at"),
    *("device_id", "device__customer_id", "device__customer__name"),
)


@prepared
def _by_device(device: UUID, at: datetime) -> QuerySet[Grant, Any]:
    return Grant.objects.filter(live(at), device=device, device__revoked_at=None).values_list(*_GRANTED)


@prepared
def _by_visit(visit: UUID, at: datetime) -> QuerySet[Grant, Any]:
    return Grant.objects.filter(live(at), device__visit=visit, device__revoked_at=None).values_list(*_GRANTED)


@prepared
def _held_by_browsers(customers: Iterable[UUID], at: datetime) -> QuerySet[Grant, Any]:
    return Grant.objects.filter(live(at), customer__in=customers).values_list("customer_id", "proof")


@prepared
def _proved(customers: Iterable[UUID]) -> QuerySet[Identifier, Any]:
    proved = Identifier.objects.filter(customer__in=customers, proof__in=[Proof.PROVEN, Proof.SIGNED])
    return proved.values_list("customer_id", "proof")


@prepared
def _linked(customers: Iterable[UUID], at: datetime) -> QuerySet[Link, Any]:
    found = Link.objects.filter(live_link(at), Q(a__in=customers) | Q(b__in=customers))
    return found.exclude(proof=Proof.CLAIMED).values_list("a_id", "b_id", "proof")
