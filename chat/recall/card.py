"""The return card: who this is, what the problem was, what fixed it, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet

from chat.models import Conversation, Environment, Outcome
from chat.payloads.conversations import outcome_shown, stands
from chat.recall.knowing import links_shown, waiting_vouch
from chat.recall.promises import open_promises
from chat.recall.similar import search_for, similar_problems
from chat.recall.suggesting import suggestions_for, with_surroundings
from chat.wire import time_text
from customers.environment import Difference, Surroundings, differences
from customers.models import Customer, Identifier
from customers.prepared import first, prepared
from customers.selectors import identifiers_of, identities_of, person_of

#: Earlier conversations a card lists; older ones are reached by scrolling up.
MOST_EARLIER = 50


def context_of(conversation: UUID) -> dict[str, Any]:
    """The `context` frame of a conversation. Raises Conversation.DoesNotExist."""
    return context_and_owner(conversation)[0]


def context_and_owner(conversation: UUID) -> tuple[dict[str, Any], UUID | None]:
    """The `context` frame, and the technician who has the conversation."""
    this: Conversation | None = first(with_surroundings(pk=conversation))
    if this is None:
        raise Conversation.DoesNotExist
    customer = this.customer
    identifiers: list[Identifier] = identifiers_of(customers=[customer.id])
    at = datetime.now(UTC)
    identity = identities_of({customer.id}, at)[customer.id]
    now = _surroundings(this)
    context = {
        "type": "context",
        "conversation": str(this.id),
        "return_card": _card(this, identifiers, identity, now, at),
        "environment": _environment(now),
        "customer": {
            "id": str(customer.id),
            "name": str(customer),
            "identity": identity,
            "since": time_text(customer.created_at),
            "identifiers": [
                {"kind": one.kind, "value": one.shown, "proof": one.proof} for one in reversed(identifiers)
            ],
        },
    }
    return context, this.technician_id


def _card(
    this: Conversation, identifiers: list[Identifier], identity: str, now: Surroundings, at: datetime
) -> dict[str, Any]:
    customer = this.customer
    people = person_of(customer.id, at)
    earlier: list[Conversation] = _earlier(customers=people, before=this.opened_at, but=this.id)
    outcomes = _outcomes(this, earlier)
    alike = search_for(this, people)
    solved = next((one for one in (this, *earlier) if one.id in outcomes), None)
    return {
        "returning": bool(earlier) or solved is not None,
        "person": {
            "name": _name(customer, people),
            "identity": identity,
            "customers": sorted(map(str, people)),
        },
        "last": _last(solved, outcomes[solved.id]) if solved else None,
        "changed": _changed(solved, outcomes[solved.id], identifiers, now) if solved else [],
        "similar": similar_problems(alike, exclude=this.id),
        "suggestions": suggestions_for(this, alike, identifiers),
        "promises": open_promises(people),
        "links": links_shown(customer.id, people, at),
        "vouch": waiting_vouch(this.id),
        "vouching": this.inbox.vouching,
        "conversations": [
            {
                "id": str(one.id),
                "case_code": one.case_code,
                "opened_at": time_text(one.opened_at),
                "subject": one.subject,
                "last_seq": one.last_seq,
                "technician": one.technician.shown_name if one.technician else None,
                "outcome": outcome_shown(outcomes.get(one.id)) or {},
            }
            for one in earlier
        ],
    }


def _name(customer: Customer, people: frozenset[UUID]) -> str:
    """What to call them: by the name they gave when they were here before, if they have given none today."""
    named = None
    if not customer.name and len(people) > 1:
        named = Customer.objects.filter(pk__in=people).exclude(name="").order_by("-created_at").first()
    return str(named or customer)


def _outcomes(this: Conversation, earlier: list[Conversation]) -> dict[UUID, Outcome]:
    """The outcomes that count, by conversation.

    Of an earlier conversation the newest, while it stands: one that was opened again and left so has solved nothing.
    Of this one the newest in any case: whoever is back should see what was tried.
    """
    found = _outcomes_of(conversations=[one.id for one in (this, *earlier)])
    newest = {outcome.conversation_id: outcome for outcome in found}
    return {
        one.id: newest[one.id]
        for one in (this, *earlier)
        if one.id in newest and (one is this or stands(one, newest[one.id]))
    }


def _last(conversation: Conversation, outcome: Outcome) -> dict[str, Any]:
    return {
        "conversation": str(conversation.id),
        "case_code": conversation.case_code,
        "outcome": str(outcome.id),
        "at": time_text(outcome.at),
        "technician": outcome.confirmed_by.shown_name,
        "problem": outcome.problem,
        "cause": outcome.cause,
        "fix": outcome.fix,
        "state": outcome.state,
        "environment": _environment(_surroundings(conversation)),
    }


def _changed(
    solved: Conversation, outcome: Outcome, identifiers: list[Identifier], now: Surroundings
) -> list[Difference]:
    """What is different from when the fix applied: the environment, then the address."""
    return [*differences(_surroundings(solved), now), *_new_address(solved, outcome, identifiers)]


def _new_address(solved: Conversation, outcome: Outcome, identifiers: list[Identifier]) -> list[Difference]:
    """The e-mail address of now against the one of then, where both are known."""
    mine = [one for one in identifiers if one.kind == Identifier.Kind.EMAIL]
    theirs = mine
    if mine and solved.customer_id != mine[0].customer_id:
        theirs = list(Identifier.objects.filter(customer=solved.customer_id, kind=Identifier.Kind.EMAIL))
    before = sorted((one for one in theirs if one.created_at <= outcome.at), key=lambda one: one.created_at)
    after = max(mine, key=lambda one: one.created_at, default=None)
    if after is None or not before or after.value in {one.value for one in before}:
        return []
    return [{"what": "email", "from": before[-1].shown, "to": after.shown}]


@prepared
def _earlier(customers: Iterable[UUID], before: datetime, but: UUID) -> QuerySet[Conversation, Conversation]:
    found = Conversation.objects.filter(customer_id__in=customers, opened_at__lt=before).exclude(pk=but)
    return found.select_related("technician", "environment").order_by("-opened_at")[:MOST_EARLIER]


@prepared
def _outcomes_of(conversations: Iterable[UUID]) -> QuerySet[Outcome, Outcome]:
    found = Outcome.objects.filter(conversation_id__in=conversations).select_related("confirmed_by")
    return found.order_by("at", "id")


def _surroundings(conversation: Conversation) -> Surroundings:
    try:
        snapshot: Environment | None = conversation.environment
    except ObjectDoesNotExist:
        snapshot = None
    return Surroundings.from_columns(snapshot)


def _environment(surroundings: Surroundings) -> dict[str, Any]:
    known = surroundings.known()
    known.pop("user_agent", None)
    return dict(known)
