"""Which mailbox of a customer may be told what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from chat.mail.outbox import CONFIRM_LIFE, queue_confirm
from chat.models import Conversation
from customers.models import Identifier, OneTimeLink, Proof
from customers.services.attempts import Allowance, allowed, hidden
from customers.services.one_time import new_link

#: "Was this you?" reaches an address, and is caused by a customer, at most so often, whoever gives the address.
TO_AN_ADDRESS = Allowance("confirm", most=1, seconds=24 * 3600)
BY_A_CUSTOMER = Allowance("confirm-by", most=3, seconds=24 * 3600)


def sure_mailboxes(customers: frozenset[UUID]) -> QuerySet[Identifier]:
    """The addresses that are known to be these customers' own, the newest proof first."""
    found = Identifier.objects.filter(
        customer_id__in=customers, kind=Identifier.Kind.EMAIL, proof__in=(Proof.PROVEN, Proof.SIGNED)
    )
    return found.order_by("-proven_at", "-created_at")


def typed_mailboxes(customer: UUID) -> QuerySet[Identifier]:
    """The addresses that this customer has only typed, the newest first."""
    found = Identifier.objects.filter(customer_id=customer, kind=Identifier.Kind.EMAIL)
    return found.exclude(proof__in=(Proof.PROVEN, Proof.SIGNED)).order_by("-created_at")


def ask_whether_theirs(
    identifier: Identifier, conversation: Conversation, at: datetime, *, again: bool
) -> bool:
    """Queue "was this you?" to an address that was only typed; whether that was done.

    Not more than once a day and address, and unless `again` not while an earlier link is still good. After a yes
    the address counts as proven, and the transcript of `conversation` follows where it is the same customer's.
    """
    waiting = OneTimeLink.objects.filter(
        identifier=identifier, purpose=OneTimeLink.Purpose.YES_ME, used_at=None, expires_at__gt=at
    )
    if not again and waiting.exists():
        return False
    if not allowed(BY_A_CUSTOMER, str(identifier.customer_id), at):
        return False
    if not allowed(TO_AN_ADDRESS, hidden(identifier.value), at):
        return False
    token = new_link(
        OneTimeLink.Purpose.YES_ME,
        at=at,
        life=CONFIRM_LIFE,
        identifier=identifier,
        conversation=conversation.pk,
    )
    queue_confirm(identifier.value, token, conversation.inbox, conversation.opened_at, at, conversation.pk)
    return True
