"""Two customers are one person, or are not after all. Nothing of either is moved, merged or rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Link, Proof
from customers.persons import live_link, person_of
from customers.scope import apart
from customers.services.grants import revoke


class LinkRefused(ValueError):
    """These two cannot be linked; the words are for the technician."""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A link that was taken back, and who was one person by it before."""

    link: Link
    person: frozenset[UUID]


def link(
    a: Customer,
    b: Customer,
    *,
    reason: str,
    proof: Proof,
    by: Actor,
    at: datetime,
    expires_at: datetime | None = None,
    conversation: UUID | None = None,
) -> Link:
    """Say that `a` and `b` are one person, for technicians; it opens nothing to any browser.

    The same again gives the link that is there. Raises LinkRefused for one customer twice, and across the wall
    around a separate inbox.
    """
    if a.pk == b.pk:
        raise LinkRefused("This is the same customer.")
    if apart(a.inbox, b.inbox):
        raise LinkRefused("These belong to inboxes that share nothing.")
    known = Link.objects.filter(
        live_link(at), Q(a=a, b=b) | Q(a=b, b=a), proof=proof, expires_at=None
    ).first()
    if known is not None and expires_at is None:
        return known
    made = Link.objects.create(
        a=a, b=b, reason=reason[:500], proof=proof, by=by.id, by_name=by.name, at=at, expires_at=expires_at
    )
    audit.record(
        Action.LINKED,
        by,
        at=at,
        customer=a.pk,
        other=b.pk,
        link=made.pk,
        conversation=conversation,
        reason=reason,
        proof=str(proof),
    )
    return made


def unlink(
    taken: UUID, *, by: Actor, reason: str, at: datetime, action: Action = Action.UNLINKED
) -> Unlinked | None:
    """Take a link back, with the grants that came from it, at once. None when there is no such link any more.

    Both sides are afterwards what they were before, with what has arrived since.
    """
    found = Link.objects.select_related("a", "b").filter(pk=taken, revoked_at=None).first()
    if found is None:
        return None
    person = person_of(found.a_id, at)
    changed = Link.objects.filter(pk=taken, revoked_at=None).update(
        revoked_at=at, revoked_by=by.id, revoked_by_name=by.name, revoke_reason=reason[:500]
    )
    if changed != 1:
        return None  # somebody was first
    audit.record(action, by, at=at, customer=found.a_id, other=found.b_id, link=found.pk, reason=reason)
    revoke(Q(link=found), at=at, actor=by, reason=reason)
    return Unlinked(found, person)
