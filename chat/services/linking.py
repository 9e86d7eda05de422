"""Links between customers: made and taken back by technicians, with a reason and a look before.

A link informs technicians; it opens nothing to any browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from chat.errors import Conflict, Forbidden, Invalid, NotFound
from chat.log.entries import SYSTEM, Author, Entry, Recognise
from chat.log.store import store_within
from chat.models import Conversation, Status
from chat.services.checks import optional_text
from chat.wire import time_text
from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Link, Proof, Vouch
from customers.persons import person_of
from customers.scope import apart, reach
from customers.services import links
from customers.services.vouching import VouchRefused

REASON = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a technician is told, whether it is done or waits, and the conversations whose panels have changed."""

    body: dict[str, Any]
    done: bool
    changed: frozenset[UUID] = frozenset()


def link(*, given: Mapping[str, object], by: Actor) -> Answer:
    """Say that `a` and `b` are one person: `{id}`. For technicians only; opens nothing. Raises Invalid, NotFound."""
    a, b = named_customer(given, "a"), named_customer(given, "b")
    reason = reason_in(given, "reason", needed="Say why these are one person.")
    now = datetime.now(UTC)
    with transaction.atomic(), refusals():
        made = links.link(a, b, reason=reason, proof=Proof.CLAIMED, by=by, at=now)
    return Answer({"id": str(made.pk)}, True, open_conversations(person_of(a.pk, now)))


def unlink(
    *, link: UUID, reason: str, by: Actor, action: Action = Action.UNLINKED, author: Author = SYSTEM
) -> Answer:
    """Take a link back; what it opened ends at once, also on open sockets. Raises NotFound when there is none."""
    now = datetime.now(UTC)
    with transaction.atomic():
        taken = links.unlink(link, by=by, reason=reason, at=now, action=action)
        if taken is None:
            raise NotFound()
        vouched = Vouch.objects.filter(link=taken.link).select_related("candidate").first()
        # What was erased since needs to be told nothing.
        if vouched is not None and Conversation.objects.filter(pk=vouched.conversation).exists():
            word = "not_me" if action == Action.NOT_ME else "unlinked"
            tell_recognised(vouched.conversation, author, word, vouched.candidate, taken.link, reason)
    return Answer({}, True, open_conversations(taken.person))


def unlink_as_asked(*, link: UUID, given: Mapping[str, object], by: Actor) -> Answer:
    """The same with a technician's `reason`. Raises Invalid without one."""
    reason = reason_in(given, "reason", needed="Say why this is taken back.")
    return unlink(link=link, reason=reason, by=by, author=Author("technician", by.id, by.name))


def disclose(*, conversation: UUID, given: Mapping[str, object], by: Actor) -> Answer:
    """Look at the history of somebody who is only suggested: a reason is asked for and written down.

    `{conversations: [{id, case_code, opened_at, subject, last_seq, technician, outcome}]}`. Raises Invalid, NotFound.
    """
    this, candidate = pair_of(conversation, given)
    reason = reason_in(given, "reason", needed="Say why you need to look.")
    now = datetime.now(UTC)
    audit.record(
        Action.DISCLOSED,
        by,
        at=now,
        customer=this.customer_id,
        other=candidate.pk,
        conversation=this.pk,
        reason=reason,
    )
    found = (
        Conversation.objects.filter(customer_id__in=person_of(candidate.pk, now))
        .select_related("technician")
        .prefetch_related("outcomes")
        .order_by("-opened_at")[:50]
    )
    return Answer({"conversations": [_listed(one) for one in found]}, True)


def preview(a: object, b: object) -> dict[str, Any]:
    """What linking two customers would join: `{a, b, together}`. Raises Invalid, NotFound."""
    first, second = named_customer({"a": a}, "a"), named_customer({"b": b}, "b")
    now = datetime.now(UTC)
    together = person_of(first.pk, now) | person_of(second.pk, now)
    return {
        "a": _side(first, now),
        "b": _side(second, now),
        "together": {
            "customers": len(together),
            "conversations": Conversation.objects.filter(customer_id__in=together).count(),
        },
    }


def open_conversations(customers: frozenset[UUID]) -> frozenset[UUID]:
    """The conversations of these customers whose technicians should see a new panel."""
    found = Conversation.objects.filter(customer_id__in=customers).exclude(status=Status.RESOLVED)
    return frozenset(found.values_list("id", flat=True)[:50])


class refusals:  # noqa: N801  (reads as a word in a with statement)
    """The people's refusals in the words of the wire."""

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, VouchRefused) and error.forbidden:
            raise Forbidden(str(error)) from None
        if isinstance(error, links.LinkRefused):
            raise Conflict(str(error)) from None


def tell_recognised(
    conversation: UUID, author: Author, action: str, candidate: Customer, link: Link, reason: str
) -> None:
    """Write into the conversation, for technicians: `linked`, `unlinked` or `not_me`. In the caller's transaction."""
    body = {
        "action": action,
        "customer": {"id": str(candidate.pk), "name": str(candidate)},
        "proof": link.proof,
        "reason": reason,
        "link": str(link.pk),
        "expires_at": time_text(link.expires_at),
    }
    store_within(Entry(conversation, author, Recognise(body)))


def pair_of(conversation: UUID, given: Mapping[str, object]) -> tuple[Conversation, Customer]:
    """The conversation and the customer it may be about, both within reach of its inbox. Raises Invalid, NotFound."""
    this = Conversation.objects.select_related("inbox", "customer__inbox").filter(pk=conversation).first()
    if this is None:
        raise NotFound()
    candidate = named_customer(given, "customer")
    if not Customer.objects.filter(reach(this.inbox), pk=candidate.pk).exists():
        raise NotFound()
    if apart(this.customer.inbox, candidate.inbox):
        raise NotFound()
    return this, candidate


def named_customer(given: Mapping[str, object], name: str) -> Customer:
    """The customer whom this field names. Raises Invalid, NotFound."""
    value = given.get(name)
    if not isinstance(value, str):
        raise Invalid(fields={name: "Say which customer."})
    try:
        found = Customer.objects.select_related("inbox").filter(pk=UUID(value)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound()
    return found


def reason_in(given: Mapping[str, object], name: str, *, needed: str = "") -> str:
    """The reason given; `needed` is what to say when there is none. Raises Invalid, TooLarge."""
    text = optional_text(given, name, limit=REASON).strip()
    if needed and not text:
        raise Invalid(fields={name: needed})
    return text


def _side(customer: Customer, at: datetime) -> dict[str, Any]:
    return {
        "id": str(customer.pk),
        "name": str(customer),
        "since": time_text(customer.created_at),
        "identifiers": [
            {"kind": one.kind, "value": one.shown, "proof": one.proof} for one in customer.identifiers.all()
        ],
        "conversations": Conversation.objects.filter(customer_id__in=person_of(customer.pk, at)).count(),
    }


def _listed(one: Conversation) -> dict[str, Any]:
    outcome = max(one.outcomes.all(), key=lambda found: found.at, default=None)
    return {
        "id": str(one.pk),
        "case_code": one.case_code,
        "opened_at": time_text(one.opened_at),
        "subject": one.subject,
        "last_seq": one.last_seq,
        "technician": one.technician.shown_name if one.technician else None,
        "outcome": (
            {"problem": outcome.problem, "cause": outcome.cause, "fix": outcome.fix, "state": outcome.state}
            if outcome
            else {}
        ),
    }
