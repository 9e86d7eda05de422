"""Who of those on file may be the one who writes in a conversation: for technicians, never for customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet

from chat.models import Conversation, Environment, Outcome
from chat.recall import early
from chat.recall.asking import questions_about
from chat.recall.similar import Search, past_problems, search_for
from chat.wire import time_text
from customers import normal
from customers.environment import Surroundings
from customers.models import Customer, Identifier, Profile, Proof, Trait
from customers.persons import person_of, persons_of
from customers.prepared import first, prepared
from customers.recognition import (
    Evidence,
    PastProblem,
    Suggestion,
    as_compared,
    refused_for,
    suggest,
    traits_of,
)
from customers.selectors import identifiers_of

SHOWN = 3
PROVEN = (Proof.PROVEN, Proof.SIGNED)
KINDS = {"email": "emails", "phone": "phones", "serial": "serials", "order": "orders"}


def suggestions_for(
    conversation: Conversation, alike: Search | None = None, said: Sequence[Identifier] | None = None
) -> list[dict[str, Any]]:
    """The return card's `suggestions`: at most three people on file, the likeliest first; often none.

    `alike`: past problems like this one, `said`: the customer's identifiers, where they have been looked for already.

    Nothing is linked or shown by it. The number of queries does not grow with what is on file.
    """
    found = _suggested(conversation, alike, said)
    return _shown(found, conversation) if found else []


def look_early(conversation: UUID) -> None:
    """Look for who it may be while nobody has taken the conversation, so that whoever does need not wait for it."""
    this: Conversation | None = first(with_surroundings(pk=conversation))
    if this is None or this.technician_id is not None:
        return
    now = datetime.now(UTC)
    alike = search_for(this, person_of(this.customer_id, now))
    evidence = evidence_in(this, alike)
    early.keep(this.id, evidence, alike, _looked_for(this, evidence, alike, now))


def levels_for(conversation: Conversation, candidate: UUID) -> dict[str, str]:
    """What agrees between the one who writes and a candidate, for `Verdict.evidence`; {} for nobody suggested."""
    return next(
        (dict(one.comparisons) for one in _suggested(conversation, most=20) if one.customer == candidate), {}
    )


def evidence_in(
    conversation: Conversation, alike: Search, said: Sequence[Identifier] | None = None
) -> Evidence:
    """What is known of the one who writes: what they claimed, what they have proven, where they are, what they ask.

    `alike`: past problems like the one that they have now. `said`: their identifiers, where they are at hand.
    """
    customer = conversation.customer
    said = identifiers_of(customers=[customer.id]) if said is None else said
    surroundings = _surroundings(conversation)
    values: dict[str, list[str]] = {name: [] for name in KINDS.values()}
    proven = set()
    for one in reversed(said):
        if one.kind in KINDS:
            values[KINDS[one.kind]].append(one.value)
        if one.kind == Identifier.Kind.EMAIL and one.proof in PROVEN:
            proven.add(one.value)
    values["serials"].extend(_serial(surroundings))
    traits: dict[str, list[str]] = {}
    for kind, known in as_compared(traits_of(surroundings)).items():
        traits.setdefault(kind, []).extend(known)
    for kind, value in _traits(customer=customer.id):
        if value not in traits.setdefault(kind, []):
            traits[kind].append(value)
    return Evidence(
        customer=customer.id,
        names=(customer.name,) if customer.name else (),
        traits={kind: tuple(known) for kind, known in traits.items()},
        problems=_problems(conversation, alike),
        proven=frozenset(proven),
        **{name: tuple(dict.fromkeys(known)) for name, known in values.items()},
    )


def _suggested(
    conversation: Conversation,
    alike: Search | None = None,
    said: Sequence[Identifier] | None = None,
    most: int = SHOWN,
) -> list[Suggestion]:
    now = datetime.now(UTC)
    alike = alike or search_for(conversation, person_of(conversation.customer_id, now))
    evidence = evidence_in(conversation, alike, said)
    ready = early.take(conversation.id, evidence, alike) if most == SHOWN else None
    if ready is not None and _still(ready, conversation.customer_id):
        return ready
    return _looked_for(conversation, evidence, alike, now, most)


def _still(found: list[Suggestion], customer: UUID) -> bool:
    """Whether all of them can be found yet, and nobody has said since that one of them is somebody else."""
    them = {one.customer for one in found}
    return not them & refused_for(customer) and them <= set(_findable(customers=them))


def _looked_for(
    conversation: Conversation, evidence: Evidence, alike: Search, now: datetime, most: int = SHOWN
) -> list[Suggestion]:
    return suggest(evidence, exclude=alike.person, inbox=conversation.inbox, at=now, limit=most)


def _problems(conversation: Conversation, alike: Search) -> dict[UUID, PastProblem]:
    return {
        customer: PastProblem(likeness, problem, when)
        for customer, (likeness, when, problem) in past_problems(alike).items()
        if customer != conversation.customer_id
    }


def _serial(surroundings: Surroundings) -> Iterable[str]:
    try:
        return [normal.serial(surroundings.extra["serial"]).value]
    except (KeyError, ValueError):
        return []


def _surroundings(conversation: Conversation) -> Surroundings:
    try:
        snapshot: Environment | None = conversation.environment
    except ObjectDoesNotExist:
        snapshot = None
    return Surroundings.from_columns(snapshot)


def _shown(found: list[Suggestion], conversation: Conversation) -> list[dict[str, Any]]:
    persons = persons_of([one.customer for one in found], datetime.now(UTC))
    everybody = {customer for person in persons.values() for customer in person}
    names = dict(_names(customers=everybody))
    identifiers: list[Identifier] = identifiers_of(customers=everybody)
    outcomes = {one.conversation.customer_id: one for one in _outcomes_of(customers=everybody)}
    cases = {one.customer_id: one for one in _cases_of(customers=everybody)}
    shown = []
    for one in found:
        person = persons[one.customer]
        theirs = [identifier for identifier in identifiers if identifier.customer_id in person]
        last = _newest((outcomes[c] for c in person if c in outcomes), "at")
        case = _newest((cases[c] for c in person if c in cases), "opened_at")
        shown.append(
            {
                "customer": str(one.customer),
                "name": one.name or next((names[c] for c in person if names.get(c)), "") or "Visitor",
                "score": round(one.score, 4),
                "level": one.level,
                "reasons": list(one.reasons),
                "last": _last(last) if last else None,
                "identifiers": [{"kind": i.kind, "shown": i.shown, "proof": i.proof} for i in theirs],
                "questions": questions_about(
                    last, last.conversation if last else case, theirs, known=one.comparisons
                ),
                "strong": one.strong,
            }
        )
    return shown


@prepared
def with_surroundings(pk: UUID) -> QuerySet[Conversation, Conversation]:
    """A conversation with its environment, inbox and customer."""
    return Conversation.objects.select_related("environment", "inbox", "customer").filter(pk=pk)


@prepared
def _findable(customers: Iterable[UUID]) -> QuerySet[Profile, Any]:
    return Profile.objects.filter(customer__in=customers).values_list("customer_id", flat=True)


@prepared
def _traits(customer: UUID) -> QuerySet[Trait, Any]:
    return Trait.objects.filter(customer=customer).order_by("-seen_at").values_list("kind", "value")


@prepared
def _names(customers: Iterable[UUID]) -> QuerySet[Customer, Any]:
    return Customer.objects.filter(pk__in=customers).values_list("pk", "name")


@prepared
def _outcomes_of(customers: Iterable[UUID]) -> QuerySet[Outcome, Outcome]:
    found = Outcome.objects.filter(conversation__customer__in=customers)
    return found.select_related("conversation__environment", "confirmed_by").order_by("at")


@prepared
def _cases_of(customers: Iterable[UUID]) -> QuerySet[Conversation, Conversation]:
    found = Conversation.objects.filter(customer__in=customers)
    return found.select_related("environment", "technician").order_by("opened_at")


def _newest(rows: Iterable[Any], field: str) -> Any:
    return max(rows, key=lambda row: getattr(row, field), default=None)


def _last(outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": str(outcome.pk),
        "conversation": str(outcome.conversation_id),
        "case_code": outcome.conversation.case_code,
        "at": time_text(outcome.at),
        "technician": outcome.confirmed_by.shown_name,
        "problem": outcome.problem,
        "cause": outcome.cause,
        "fix": outcome.fix,
        "state": outcome.state,
    }
