"""Somebody who has come back, as the tables hold it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agents.models import Technician
from chat.mail.outbox import queue_transcript
from chat.models import Conversation
from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Device, Grant, Identifier, Inbox, Link, Verdict
from customers.services import vouching
from customers.services.devices import add_device
from customers.services.keys import new_resume_key


def technician(username: str = "ana") -> Actor:
    found = Technician.objects.get(username=username)
    return Actor("technician", found.pk, found.shown_name, "192.0.2.0/24")


def vouch_for(customer: Customer, earlier: Customer, reason: str = "Knew the serial number") -> Link:
    """What a vouch leaves behind, with a word of the kind on each page that lists such things."""
    at = datetime.now(UTC)
    conversation = Conversation.objects.create(
        inbox=customer.inbox,
        customer=customer,
        case_code=uuid.uuid4().hex[:7],
        subject="It is broken once more",
        start_client_id="x",
        opened_at=at,
    )
    done = vouching.vouch(
        inbox=customer.inbox,
        conversation=conversation.pk,
        customer=customer,
        candidate=earlier,
        facts=["the PSC 2210v"],
        reason=reason,
        by=technician(),
        at=at,
    )
    assert done.link is not None
    Verdict.objects.update_or_create(
        customer=customer,
        candidate=earlier,
        defaults={"same": True, "evidence": {"surname": "rare"}, "at": at},
    )
    new_resume_key(earlier.pk, None, at)
    audit.record(Action.DISCLOSED, technician(), at=at, customer=customer.pk, other=earlier.pk, reason=reason)
    return done.link


@dataclass(frozen=True)
class Family:
    march: Customer
    july: Customer
    device: Device
    grant: Grant
    link: Link

    @classmethod
    def make(cls, name: str = "Mara L.") -> Family:
        at = datetime.now(UTC)
        march = Customer.objects.select_related("inbox").get(name="Mara Lindqvist")
        july = Customer.objects.create(inbox=march.inbox, name=name, created_at=at)
        Identifier.objects.create(
            customer=july, kind="email", value="mara@new.example", shown="mara@new.example", created_at=at
        )
        device, _ = add_device(
            customer=july,
            visit=uuid.uuid4(),
            environment={"browser": "Firefox 3", "os": "Windows XP", "device": ""},
            at=at,
        )
        link = vouch_for(july, march)
        scan = Conversation.objects.get(subject="My all-in-one will not scan")
        queue_transcript("mara@oldmail.example", scan, "RAPP-THIS-IS-SECRET", at)
        return cls(march, july, device, Grant.objects.get(link=link), link)


def stranger(inbox: Inbox, name: str = "Eve", address: str = "eve@example.org") -> Customer:
    """Somebody who is nobody else."""
    at = datetime.now(UTC) - timedelta(days=1)
    customer = Customer.objects.create(inbox=inbox, name=name, created_at=at)
    Identifier.objects.create(customer=customer, kind="email", value=address, shown=address, created_at=at)
    return customer
