"""The return card: who this is, what the problem was, what fixed it, and what has changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from chat.models import Conversation, Environment, Outcome
from chat.payloads.conversations import outcome_shown
from chat.wire import time_text
from customers.environment import Surroundings, differences
from customers.models import Customer
from customers.selectors import identities_of, known_as, person_of

#: Earlier conversations a card lists; older ones are reached by scrolling up.
MOST_EARLIER = 50


def context_of(conversation: UUID) -> dict[str, Any]:
    """The `context` frame of a conversation. Raises Conversation.DoesNotExist."""
    return context_and_owner(conversation)[0]


def context_and_owner(conversation: UUID) -> tuple[dict[str, Any], UUID | None]:
    """The `context` frame, and the technician who has the conversation."""
    this = Conversation.objects.select_related("environment").get(pk=conversation)
    customer = known_as(this.customer_id)
    identity = identities_of({customer.id}, datetime.now(UTC))[customer.id]
    now = _surroundings(this)
    context = {
        "type": "context",
        "conversation": str(this.id),
        "return_card": _card(this, customer, identity, now),
        "environment": _environment(now),
        "customer": {
            "id": str(customer.id),
            "name": str(customer),
            "identity": identity,
            "since": time_text(customer.created_at),
            "identifiers": [
                {"kind": one.kind, "value": one.shown, "proof": one.proof}
                for one in customer.identifiers.all()
            ],
        },
    }
    return context, this.technician_id


def _card(this: Conversation, customer: Customer, identity: str, now: Surroundings) -> dict[str, Any]:
    people = person_of(customer.id)
    earlier = list(
        Conversation.objects.filter(customer_id__in=people, opened_at__lt=this.opened_at)
        .exclude(pk=this.pk)
        .select_related("technician", "environment")
        .order_by("-opened_at")[:MOST_EARLIER]
    )
    # This very conversation counts too once it was solved and is back.
    found = (
        Outcome.objects.filter(conversation__in=[this, *earlier])
        .select_related("confirmed_by")
        .order_by("at")
    )
    outcomes = {outcome.conversation_id: outcome for outcome in found}
    solved = next((one for one in (this, *earlier) if one.id in outcomes), None)
    return {
        "returning": bool(earlier) or solved is not None,
        "person": {"name": str(customer), "identity": identity, "customers": [str(one) for one in people]},
        "last": _last(solved, outcomes[solved.id]) if solved else None,
        "changed": differences(_surroundings(solved), now) if solved else [],
        "similar": [],
        "suggestions": [],
        "promises": [],
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


def _last(conversation: Conversation, outcome: Outcome) -> dict[str, Any]:
    return {
        "conversation": str(conversation.id),
        "case_code": conversation.case_code,
        "at": time_text(outcome.at),
        "technician": outcome.confirmed_by.shown_name,
        "problem": outcome.problem,
        "cause": outcome.cause,
        "fix": outcome.fix,
        "state": outcome.state,
        "environment": _environment(_surroundings(conversation)),
    }


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
