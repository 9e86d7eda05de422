"""Puts the people of a trial on file through the services that the product uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from customers.models import Customer, Inbox
from customers.normal import CLAIMS
from customers.recognition.keys import catch_up_all
from customers.recognition.traits import record_traits
from customers.recognition.trial.people import Record
from customers.services.claims import check_claims, record_claims


def claims_in(values: dict[str, str]) -> dict[str, str]:
    """What a record says that a customer could type; what cannot be that is left out."""
    found = {}
    for kind in CLAIMS:
        try:
            found.update(check_claims({kind: values.get(kind)}))
        except ValueError:
            continue
    return found


def file_people(
    inbox: Inbox, records: Sequence[Record], extra: Callable[[Record], dict[str, str]], at: datetime
) -> dict[int, UUID]:
    """Make a customer of each record, as chats would. Returns person → customer."""
    found: dict[int, UUID] = {}
    for start in range(0, len(records), 200):
        with transaction.atomic():
            for record in records[start : start + 200]:
                customer = Customer.objects.create(inbox=inbox, created_at=at)
                record_claims(customer=customer, claims=claims_in({**record.values, **extra(record)}), at=at)
                record_traits(customer, record.values, at=at)
                found[record.person] = customer.id
            catch_up_all()
    return found
