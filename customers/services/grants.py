"""What one browser may see: given because of a proof, ended at once when the proof falls."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Device, Grant, Identifier, Link, Proof
from customers.recognition.keys import outdate


def live(at: datetime) -> Q:
    """The grants that open something at `at`."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))


def give(
    device: Device,
    customer: Customer,
    proof: Proof,
    *,
    at: datetime,
    actor: Actor,
    evidence: str = "",
    link: Link | None = None,
    expires_at: datetime | None = None,
) -> Grant:
    """Let this browser see this customer. A grant of the same proof that is there already is renewed."""
    found = Grant.objects.filter(device=device, customer=customer, proof=proof, revoked_at=None).first()
    if found is not None:
        fresh = link is None or found.link_id == link.id
        running = found.expires_at is None or found.expires_at > at
        if fresh and running:
            if found.expires_at != expires_at:
                found.expires_at = expires_at
                found.save(update_fields=["expires_at"])
            return found
        found.revoked_at = at
        found.save(update_fields=["revoked_at"])
    grant = Grant.objects.create(
        device=device,
        customer=customer,
        proof=proof,
        evidence=evidence[:200],
        link=link,
        at=at,
        expires_at=expires_at,
    )
    audit.record(
        Action.GRANTED,
        actor,
        at=at,
        customer=customer.id,
        device=device.id,
        link=link.id if link else None,
        reason=evidence,
        proof=str(proof),
    )
    return grant


def revoke(grants: Q, *, at: datetime, actor: Actor, reason: str) -> int:
    """End the live grants among `grants`; how many that were."""
    ended = list(Grant.objects.filter(grants, revoked_at=None).values_list("id", "device_id", "customer_id"))
    for grant, device, customer in ended:
        Grant.objects.filter(pk=grant).update(revoked_at=at)
        audit.record(Action.REVOKED, actor, at=at, customer=customer, device=device, reason=reason)
    return len(ended)


def prove(
    customer: Customer, kind: str, *, value: str, shown: str, proof: Proof, at: datetime, evidence: str
) -> Identifier:
    """Keep an identifier of `customer` as proved. What stood there with less proof is raised, never lowered."""
    found, made = Identifier.objects.get_or_create(
        customer=customer,
        kind=kind,
        value=value,
        defaults={
            "shown": shown,
            "proof": proof,
            "proven_at": at,
            "evidence": evidence[:200],
            "created_at": at,
        },
    )
    if not made and Proof(found.proof).strength < proof.strength:
        found.proof, found.proven_at, found.evidence = proof, at, evidence[:200]
        found.save(update_fields=["proof", "proven_at", "evidence"])
    outdate(customer.pk)
    return found


def devices_seeing(customers: frozenset[UUID], at: datetime) -> dict[UUID, list[Grant]]:
    """The browsers that may see any of `customers`, with the grants they do it by."""
    found: dict[UUID, list[Grant]] = {}
    grants = Grant.objects.filter(live(at), customer_id__in=customers, device__revoked_at=None)
    for grant in grants.select_related("device"):
        found.setdefault(grant.device_id, []).append(grant)
    return found
