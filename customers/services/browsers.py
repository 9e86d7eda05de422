"""The browsers that may open a history: seen, and signed out, from one of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from customers.audit import Actor
from customers.models import Device, Grant, Proof
from customers.services.devices import revoke_device
from customers.services.grants import devices_seeing, live, revoke
from customers.services.keys import revoke_keys


def held_firmly(device: UUID, at: datetime) -> frozenset[UUID]:
    """The customers that this browser sees by a proof of its own, not on a technician's word.

    Who is merely vouched for neither learns of the other browsers, nor shuts them out.
    """
    firm = Grant.objects.filter(live(at), device=device).exclude(proof=Proof.VOUCHED)
    return frozenset(firm.values_list("customer_id", flat=True))


def seeing(device: UUID, at: datetime) -> list[tuple[Device, str]]:
    """The browsers that see any of these customers, with the strongest proof each has for it; this one among them."""
    found = devices_seeing(held_firmly(device, at), at)
    return [
        (grants[0].device, str(max((Proof(one.proof) for one in grants), key=lambda one: one.strength)))
        for grants in found.values()
    ]


def sign_out(device: UUID, other: UUID, *, actor: Actor, at: datetime) -> bool:
    """`other` sees what `device` holds firmly no more; False when it never did.

    A browser that began as one of these customers ends wholly; one that is somebody else's keeps what is theirs.
    """
    firm = held_firmly(device, at)
    grants = devices_seeing(firm, at).get(other)
    if not grants:
        return False
    ended = grants[0].device
    if other == device or ended.customer_id in firm:
        revoke_device(ended, at=at, actor=actor, reason="Signed out by the customer.")
    else:
        revoke(Q(device=ended, customer__in=firm), at=at, actor=actor, reason="Signed out by the customer.")
    return True


def forget_keys(device: UUID, *, actor: Actor, at: datetime) -> int:
    """End the unused resume keys to what this browser holds firmly; how many that were."""
    return revoke_keys(held_firmly(device, at), actor=actor, at=at)
