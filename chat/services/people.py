"""Customers say who they are; technicians say whether they are there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from agents.services import choose_availability
from chat.errors import Invalid
from chat.log.entries import Author
from chat.models import AuthorKind, Conversation, Status
from chat.services.conversations import checked_claims
from chat.services.visitors import remember_claims
from customers.models import Customer
from customers.selectors import Browser, browser_of_visit
from customers.services.claims import record_claims
from customers.visits import Visit


def say_about(*, visit: Visit, given: Mapping[str, object]) -> list[UUID]:
    """Keep what a visitor or customer says of themselves; claims only.

    Gives the open conversations whose technicians should be told. Raises Invalid for what cannot be a claim; what is
    known of others never matters.
    """
    claims = checked_claims(given)
    browser = browser_of_visit(visit, datetime.now(UTC))
    if browser is None:
        remember_claims(visit, claims)
        return []
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=browser.customer)
        record_claims(customer=customer, claims=claims, at=datetime.now(UTC))
    open_ones = Conversation.objects.filter(customer_id=browser.customer).exclude(status=Status.RESOLVED)
    return list(open_ones.values_list("id", flat=True))


def set_availability(*, technician: UUID, given: Mapping[str, object]) -> None:
    """Online, away or offline, as the technician chose. Raises Invalid for another word."""
    if not choose_availability(technician=technician, state=given.get("state")):
        raise Invalid(fields={"state": "Choose online, away or offline."})


def customer_author(browser: Browser, customer: UUID) -> Author:
    """The customer of a conversation as its author, whichever of their browsers writes.

    With the name that this customer has given, never one that the browser sees by a grant: the log outlives grants.
    """
    return Author(AuthorKind.CUSTOMER, customer, browser.own_name if customer == browser.customer else "")


def technician_author(technician: UUID, name: str) -> Author:
    """A technician as an author."""
    return Author(AuthorKind.TECHNICIAN, technician, name)
