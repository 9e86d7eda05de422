"""Solved conversations, made through the log itself."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from uuid import UUID

from chat.log.append import append
from chat.log.entries import Arrived, Author, Claim, Done, Entry, Opening, Resolve, Say
from chat.models import AuthorKind, Outcome
from customers.models import Customer, Inbox
from tests.support.log import inbox as demo
from tests.support.log import technician


def somebody(name: str = "", inbox: Inbox | None = None) -> Customer:
    """A customer on file."""
    return Customer.objects.create(inbox=inbox or demo(), name=name, created_at=datetime.now(UTC))


def helper() -> UUID:
    """Ana's id."""
    ana = technician("Ana").id
    assert ana is not None
    return ana


def begun(said: str, customer: Customer, inbox: Inbox | None = None) -> UUID:
    """A conversation of this customer that begins with these words."""

    def arrive(at: datetime) -> Arrived:
        return Arrived(customer.id, customer.name)

    home = inbox or customer.inbox
    say = Say(said, str(uuid.uuid4()), opening=Opening(arrive, home.pk, said[:80], {}))
    done = append([Entry(uuid.uuid4(), Author(AuthorKind.CUSTOMER, None, ""), say)])[0]
    assert isinstance(done, Done), done
    return done.head.id


def solved(
    problem: str,
    fix: str = "",
    *,
    said: str = "hello",
    customer: Customer | None = None,
    inbox: Inbox | None = None,
    state: str = "unknown",
    again: UUID | None = None,
    cause: str = "",
    applies_to: str = "",
) -> Outcome:
    """The outcome of a conversation that was solved, of somebody new unless said otherwise."""
    conversation = begun(said, customer or somebody(inbox=inbox), inbox)
    return solve(conversation, Resolve(problem, cause, fix, applies_to, again), state)


def solve(conversation: UUID, how: Resolve, state: str = "unknown") -> Outcome:
    """Solve it as Ana."""
    ana = technician("Ana")
    for result in append([Entry(conversation, ana, Claim()), Entry(conversation, ana, how)]):
        assert isinstance(result, Done), result
    outcome = Outcome.objects.filter(conversation=conversation).latest("at")
    Outcome.objects.filter(pk=outcome.pk).update(state=state)
    return outcome
