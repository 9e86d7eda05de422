"""The doors to inboxes and to what one browser may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from customers.models import PROOF_ORDER, Customer, Device, Grant, Inbox, Proof
from customers.services.arrival import device_of
from customers.services.devices import live
from customers.visits import Visit


@dataclass(frozen=True, slots=True)
class Browser:
    """What one browser may see: the customers it holds a live grant for, and the one it speaks as."""

    device: UUID
    customer: UUID
    name: str
    identity: str
    customers: frozenset[UUID]


def inbox_by_key(key: object) -> Inbox | None:
    """The inbox with this public key, or None."""
    if not isinstance(key, str) or len(key) > 40 or not key.isascii() or "\0" in key:
        return None
    return Inbox.objects.filter(key=key).first()


def browser_of_visit(visit: Visit, at: datetime) -> Browser | None:
    """What the browser of this visit may see at `at`; None while it is a visitor's, or was revoked."""
    device = device_of(visit)
    return browser_of(device, at) if device is not None else None


def browser_of(device: Device, at: datetime) -> Browser | None:
    """What this device may see at `at`; None when no live grant covers even the customer it began as."""
    grants = list(Grant.objects.filter(live(at), device=device).values_list("customer_id", "proof"))
    customers = frozenset(customer for customer, _ in grants)
    if device.customer_id not in customers:
        return None
    best = max(
        (Proof(proof) for customer, proof in grants if customer == device.customer_id), key=PROOF_ORDER.index
    )
    return Browser(device.id, device.customer_id, device.customer.name, identity_word(best), customers)


def identity_word(proof: Proof) -> str:
    """The wire's word for a proof: anonymous, device, vouched, proven, signed."""
    return "anonymous" if proof == Proof.CLAIMED else str(proof)


def person_of(customer: UUID) -> frozenset[UUID]:
    """All customers that are this one person, for technicians."""
    return frozenset({customer})


def known_as(customer: UUID) -> Customer:
    """The customer with what they said of themselves, for a technician's panel. Raises Customer.DoesNotExist."""
    return Customer.objects.prefetch_related("identifiers").get(pk=customer)


def identities_of(customers: Iterable[UUID], at: datetime) -> dict[UUID, str]:
    """How sure we are, for technicians, that whoever writes is each of these customers; in one query."""
    proofs: dict[UUID, Proof] = dict.fromkeys(customers, Proof.CLAIMED)
    for customer, proof in Grant.objects.filter(live(at), customer__in=list(proofs)).values_list(
        "customer_id", "proof"
    ):
        proofs[customer] = max(proofs[customer], Proof(proof), key=PROOF_ORDER.index)
    return {customer: identity_word(proof) for customer, proof in proofs.items()}
