"""A technician recognises somebody who has lost both mailbox and browser, and gives their word for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Device, Grant, Identifier, Inbox, Link, Proof, Vouch, Vouching
from customers.services.grants import give, live
from customers.services.links import LinkRefused, link

#: Mailboxes told about one vouch; nobody has more that matter.
MOST_TOLD = 5


class VouchRefused(LinkRefused):
    """This cannot be vouched for; the words are for the technician. `forbidden` where the inbox does not allow it."""

    def __init__(self, sentence: str, *, forbidden: bool = False) -> None:
        self.forbidden = forbidden
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a vouch has come to; `link` and `grant` are None while it waits for a second person."""

    vouch: Vouch
    link: Link | None
    grant: Grant | None
    told: tuple[str, ...] = ()


def vouch(
    *,
    inbox: Inbox,
    conversation: UUID,
    customer: Customer,
    candidate: Customer,
    facts: Sequence[str],
    reason: str,
    by: Actor,
    at: datetime,
) -> Vouched:
    """Give `customer`'s browser the history of `candidate`, for as many days as the inbox says.

    Where the inbox asks for a second person, nothing is opened until `agree`. Raises VouchRefused.
    """
    if inbox.vouching == Vouching.OFF:
        raise VouchRefused("This inbox does not open histories on a technician's word.", forbidden=True)
    assert by.id is not None
    device = browser_of_customer(customer, at)
    if device is None:
        raise VouchRefused("This customer has no browser that could be given the history.")
    _check(customer, candidate)
    made = Vouch.objects.create(
        conversation=conversation,
        customer=customer,
        candidate=candidate,
        device=device,
        facts=list(facts),
        reason=reason[:500],
        by=by.id,
        by_name=by.name,
        at=at,
    )
    if inbox.vouching == Vouching.SECOND:
        audit.record(
            Action.VOUCH_ASKED,
            by,
            at=at,
            customer=customer.pk,
            other=candidate.pk,
            conversation=conversation,
            reason=reason,
            facts=list(facts),
        )
        return Vouched(made, None, None)
    return _open(made, inbox, by, at)


def agree(waiting: Vouch, *, inbox: Inbox, by: Actor, at: datetime) -> Vouched:
    """The second person agrees. Raises VouchRefused for the first one, and for what is decided already."""
    if by.id == waiting.by:
        raise VouchRefused("Somebody else has to agree: you asked for it.", forbidden=True)
    # A word given against a setting that has changed since is not worth more than one given today.
    if inbox.vouching == Vouching.OFF:
        raise VouchRefused("This inbox does not open histories on a technician's word.", forbidden=True)
    _check(waiting.customer, waiting.candidate)
    waiting.second, waiting.second_name, waiting.agreed_at = by.id, by.name, at
    changed = Vouch.objects.filter(pk=waiting.pk, agreed_at=None, refused_at=None).update(
        second=by.id, second_name=by.name, agreed_at=at
    )
    if changed != 1:
        raise VouchRefused("This was decided already.")
    return _open(waiting, inbox, Actor(by.kind, by.id, f"{waiting.by_name} and {by.name}"), at)


def refuse(waiting: Vouch, *, by: Actor, reason: str, at: datetime) -> None:
    """The second person does not agree. Raises VouchRefused for what is decided already."""
    changed = Vouch.objects.filter(pk=waiting.pk, agreed_at=None, refused_at=None).update(
        second=by.id, second_name=by.name, refused_at=at
    )
    if changed != 1:
        raise VouchRefused("This was decided already.")
    audit.record(
        Action.VOUCH_REFUSED,
        by,
        at=at,
        customer=waiting.customer_id,
        other=waiting.candidate_id,
        conversation=waiting.conversation,
        reason=reason,
    )


def browser_of_customer(customer: Customer, at: datetime) -> Device | None:
    """The browser this customer writes from: one that began as them, the latest seen; never one merely vouched for."""
    return (
        Device.objects.filter(customer=customer, revoked_at=None)
        .filter(grants__in=Grant.objects.filter(live(at), customer=customer).exclude(proof=Proof.VOUCHED))
        .order_by("-last_seen", "-first_seen")
        .first()
    )


def _check(customer: Customer, candidate: Customer) -> None:
    if customer.pk == candidate.pk:
        raise VouchRefused("This is the same customer.")


def _open(agreed: Vouch, inbox: Inbox, by: Actor, at: datetime) -> Vouched:
    until = at + timedelta(days=inbox.vouch_days)
    words = agreed.reason or "; ".join(str(fact) for fact in agreed.facts)
    made = link(
        agreed.customer,
        agreed.candidate,
        reason=words,
        proof=Proof.VOUCHED,
        by=by,
        at=at,
        expires_at=until,
        conversation=agreed.conversation,
    )
    Vouch.objects.filter(pk=agreed.pk).update(link=made, agreed_at=at)
    agreed.link, agreed.agreed_at = made, at
    grant = give(
        agreed.device,
        agreed.candidate,
        Proof.VOUCHED,
        at=at,
        actor=by,
        evidence=words,
        link=made,
        expires_at=until,
    )
    mailboxes = (
        Identifier.objects.filter(customer=agreed.candidate, kind=Identifier.Kind.EMAIL)
        .order_by("-proven_at", "-created_at")
        .values_list("value", flat=True)[:MOST_TOLD]
    )
    return Vouched(agreed, made, grant, tuple(mailboxes))
