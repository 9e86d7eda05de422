"""The doors to inboxes and to what one browser may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from customers.models import Customer, Device, Grant, Identifier, Inbox, Link, Proof
from customers.persons import links_of, live_link, person_of, persons_of
from customers.services.arrival import device_of
from customers.services.grants import live
from customers.visits import Visit

__all__ = [
    "Browser",
    "browser_of",
    "browser_of_visit",
    "identities_of",
    "identity_word",
    "inbox_by_key",
    "known_as",
    "links_of",
    "person_of",
    "persons_of",
]


@dataclass(frozen=True, slots=True)
class Browser:
    """What one browser may see: the customers it holds a live grant for, and the one it speaks as.

    `name` is for this browser; `own_name`, what this very customer has given, is for what is kept.
    """

    device: UUID
    customer: UUID
    name: str
    identity: str
    customers: frozenset[UUID]
    own_name: str = ""


def inbox_by_key(key: object) -> Inbox | None:
    """The inbox with this public key, or None."""
    if not isinstance(key, str) or len(key) > 40 or not key.isascii() or "\0" in key:
        return None
    return Inbox.objects.filter(key=key).first()


def browser_of_visit(visit: Visit, at: datetime) -> Browser | None:
    """What the browser of this visit may see at `at`; None while it is a visitor's, or was revoked."""
    device = device_of(visit)
    return browser_of(device, at, visit.inbox) if device is not None else None


def browser_of(device: Device, at: datetime, inbox: UUID) -> Browser | None:
    """What this device may see of `inbox` at `at`; None when no live grant covers even the customer it began as.

    Customers of another inbox are seen only where neither of the two is separate.
    """
    rows = Grant.objects.filter(live(at), device=device).values_list(
        "customer_id", "proof", "customer__name", "customer__inbox_id", "customer__inbox__separate"
    )
    grants = list(rows)
    if any(home != inbox for *_, home, _ in grants):
        closed = Inbox.objects.filter(pk=inbox, separate=True).exists()
        grants = [row for row in grants if row[3] == inbox or not (closed or row[4])]
    customers = frozenset(row[0] for row in grants)
    if device.customer_id not in customers:
        return None
    best = max((Proof(row[1]) for row in grants), key=lambda proof: proof.strength)
    # Somebody who has not said their name here may have said it when they were here before.
    names = sorted((row for row in grants if row[2]), key=lambda row: Proof(row[1]).strength)
    name = device.customer.name or (names[-1][2] if names else "")
    own = device.customer.name
    return Browser(device.id, device.customer_id, name, identity_word(best), customers, own)


def identity_word(proof: Proof) -> str:
    """The wire's word for a proof: anonymous, device, vouched, proven, signed."""
    return "anonymous" if proof == Proof.CLAIMED else str(proof)


def known_as(customer: UUID) -> Customer:
    """The customer with what they said of themselves, for a technician's panel. Raises Customer.DoesNotExist."""
    return Customer.objects.prefetch_related("identifiers").get(pk=customer)


def identities_of(customers: Iterable[UUID], at: datetime) -> dict[UUID, str]:
    """How sure we are, for technicians, that whoever writes is each of these customers; in three queries.

    The best of what their browsers hold, of the addresses they have proved, and of the links to who they were before.
    """
    proofs: dict[UUID, Proof] = dict.fromkeys(customers, Proof.CLAIMED)

    def raise_to(customer: UUID, proof: str) -> None:
        proofs[customer] = max(proofs[customer], Proof(proof), key=lambda one: one.strength)

    asked = list(proofs)
    for customer, proof in Grant.objects.filter(live(at), customer__in=asked).values_list(
        "customer_id", "proof"
    ):
        raise_to(customer, proof)
    proved = Identifier.objects.filter(customer__in=asked, proof__in=[Proof.PROVEN, Proof.SIGNED])
    for customer, proof in proved.values_list("customer_id", "proof"):
        raise_to(customer, proof)
    linked = Link.objects.filter(live_link(at), Q(a__in=asked) | Q(b__in=asked))
    for a, b, proof in linked.exclude(proof=Proof.CLAIMED).values_list("a_id", "b_id", "proof"):
        for customer in (a, b):
            if customer in proofs:
                raise_to(customer, proof)
    return {customer: identity_word(proof) for customer, proof in proofs.items()}
