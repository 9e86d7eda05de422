"""A row that is inserted by a kept statement is the row that Django would have written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from chat.models import Assignment, Conversation, Environment, Status
from customers.inserted import insert
from customers.models import Customer, Device, Grant, Identifier, Inbox, Outdated, Proof
from tests.support.past import helper

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)


def rows() -> list[Model]:
    """One of each kind that the hot path writes, each after what it points at."""
    inbox = Inbox.objects.create(key="kept", name="Kept")
    customer = Customer(inbox=inbox, name="Mara ’ Lindqvist", created_at=NOW)
    device = Device(
        customer=customer,
        visit=uuid4(),
        token_hash=b"\0\xff" * 16,
        environment={"browser": 'Firefox "3"', "os": None},
        first_seen=NOW,
        last_seen=NOW,
    )
    conversation = Conversation(
        inbox=inbox,
        customer=customer,
        case_code="ACD-EFG",
        subject="100 % of %s pages",
        status=Status.WAITING,
        start_client_id="c1",
        opened_at=NOW,
        waiting_since=NOW,
    )
    return [
        customer,
        device,
        Grant(device=device, customer=customer, proof=Proof.DEVICE, at=NOW),
        Identifier(customer=customer, kind="email", value="a@b.example", shown="A@b.example", created_at=NOW),
        conversation,
        Environment(conversation=conversation, browser="Firefox 3", supplied={"product": "PSC 2210v"}),
        Assignment(conversation=conversation, technician_id=helper(), at=NOW),
    ]


def test_what_is_read_is_what_was_to_be_written() -> None:
    for row in rows():
        insert(row)
        kept = type(row)._default_manager.get(pk=row.pk)
        for field in row._meta.concrete_fields:
            assert plain(getattr(kept, field.attname)) == plain(getattr(row, field.attname)), field
        row.save()  # an UPDATE of the row that is there: Django knows that it has been written


def test_a_number_of_the_database_s_is_its_own() -> None:
    customer = rows()[0]
    insert(customer)
    insert(Outdated(customer_id=customer.pk))
    insert(Outdated(customer_id=customer.pk))
    assert Outdated.objects.filter(customer_id=customer.pk).count() == 2


def test_once_leaves_what_is_there() -> None:
    customer, *_ = rows()
    assert isinstance(customer, Customer)
    insert(customer)

    def said(proof: str) -> Identifier:
        known: dict[str, Any] = {"kind": "email", "value": "a@b.example", "shown": "a@b.example"}
        return Identifier(customer=customer, proof=proof, created_at=NOW, **known)

    insert(said(Proof.PROVEN), once=True)
    insert(said(Proof.CLAIMED), once=True)
    assert [one.proof for one in Identifier.objects.filter(customer=customer)] == [Proof.PROVEN]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(said(Proof.CLAIMED))


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
