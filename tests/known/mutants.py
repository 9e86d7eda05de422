"""The product broken on purpose, one promise at a time. The machine has to notice each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.db.models import Q, QuerySet

from chat.consumers.customer import CustomerSocket
from chat.log.entries import Author
from customers import selectors
from customers.audit import RAPPORT
from customers.models import Customer, Device, Identifier, Inbox, Proof, ResumeKey
from customers.persons import persons_of
from customers.services import claims, grants, keys, mailbox
from tests.support.kept import written_anew


@contextmanager
def _instead(*what: tuple[str, Any]) -> Iterator[None]:
    # What was kept of the one product's queries must not be asked by the other.
    with written_anew(), ExitStack() as stack:
        for name, other in what:
            stack.enter_context(patch(name, other))
        stack.enter_context(written_anew())
        yield


def shows_by_link() -> Any:
    """What a browser may see is the person, and no longer what it has proved itself."""
    right = selectors.browser_of

    def browser_of(device: Device, at: datetime, inbox: UUID) -> selectors.Browser | None:
        found = right(device, at, inbox)
        if found is None:
            return None
        return replace(found, customers=frozenset().union(*persons_of(found.customers, at).values()))

    places = ("customers.selectors.browser_of", "chat.services.sessions.browser_of")
    return _instead(*((place, browser_of) for place in places))


def _record(then: Callable[[Customer, Identifier], None]) -> Any:
    right = claims.keep_claims

    def keep_claims(*, customer: Customer, claims: dict[str, str], at: datetime) -> None:
        right(customer=customer, claims=claims, at=at)
        own = customer.identifiers.filter(kind="email").values("value")
        for known in Identifier.objects.filter(kind="email", value__in=own).exclude(customer=customer):
            then(customer, known)

    places = ("customers.services.arrival", "customers.services.claims")
    return _instead(*((f"{place}.keep_claims", keep_claims) for place in places))


def merges_on_a_typed_address() -> Any:
    """Whoever types an address that is known becomes its customer's."""

    def merge(customer: Customer, known: Identifier) -> None:
        for device in Device.objects.filter(customer=customer):
            grants.give(device, known.customer, Proof.CLAIMED, at=datetime.now(UTC), actor=RAPPORT)

    return _record(merge)


def moves_on_a_typed_address() -> Any:
    """Whoever types an address that is known gets its customer's conversations moved over."""
    from chat.models import Conversation

    def move(customer: Customer, known: Identifier) -> None:
        Conversation.objects.filter(customer=known.customer).update(customer=customer)

    return _record(move)


def a_typed_address_is_as_good_as_a_proven_one() -> Any:
    """A code opens everybody who has ever typed the address."""
    right = mailbox._holders

    class Holders:
        def __init__(self, found: QuerySet[Identifier]) -> None:
            self.found = found

        def exists(self) -> bool:
            return self.found.exists()

        def filter(self, **_: Any) -> QuerySet[Identifier]:
            return self.found

    return _instead(
        ("customers.services.mailbox._holders", lambda inbox, value: Holders(right(inbox, value)))
    )


def unlinking_leaves_the_grants() -> Any:
    """A link is taken back and what it opened stays open."""
    return _instead(("customers.services.links.revoke", lambda *args, **kwargs: 0))


def grants_never_end() -> Any:
    """What was given for a time is there for ever."""
    places = ("customers.selectors", "customers.services.grants", "customers.services.browsers")
    return _instead(*((f"{place}.live", lambda at: Q(revoked_at=None)) for place in places))


def keys_work_twice() -> Any:
    """A resume key is not used up."""
    right = keys.use_key

    def use_key(**given: Any) -> Any:
        found = right(**given)
        ResumeKey.objects.filter(customer=found.customer).update(used_at=None)
        return found

    return _instead(("customers.services.keys.use_key", use_key))


def walls_are_gone() -> Any:
    """A separate inbox is like any other."""

    def reach(inbox: Inbox, path: str = "") -> Q:
        return Q(**{f"{path}inbox__isnull": False})

    places = ("customers.services.mailbox", "customers.services.keys")
    return _instead(*((f"{place}.reach", reach) for place in places))


def sockets_are_not_looked_at() -> Any:
    """An open socket goes on as it was."""

    async def check_access(cls: Any, sockets: Any) -> None:
        return None

    return patch.object(CustomerSocket, "check_access", classmethod(check_access))


def signatures_are_good_for_ever() -> Any:
    """An identity may be presented again."""
    return _instead(("customers.services.signed._once", lambda inbox, claims: None))


def names_outlive_grants() -> Any:
    """What somebody writes bears the name that their browser sees by a grant."""

    def customer_author(browser: selectors.Browser, customer: UUID) -> Author:
        return Author("customer", customer, browser.name if customer == browser.customer else "")

    places = ("chat.api.customer", "chat.api.customer_after", "chat.consumers.customer")
    return _instead(*((f"{place}.customer_author", customer_author) for place in places))


#: The two that the machine must find in its short run, and others.
FIRST = (shows_by_link, merges_on_a_typed_address)
OTHERS = (
    moves_on_a_typed_address,
    a_typed_address_is_as_good_as_a_proven_one,
    unlinking_leaves_the_grants,
    grants_never_end,
    keys_work_twice,
    walls_are_gone,
    sockets_are_not_looked_at,
    signatures_are_good_for_ever,
    names_outlive_grants,
)
