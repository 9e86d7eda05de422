"""Conversations made in process, through the log itself."""

from __future__ import annotations

import uuid
from datetime import datetime

from agents.models import Technician
from chat.log.append import append
from chat.log.entries import Arrived, Author, Done, Entry, Opening, Say
from chat.models import AuthorKind
from customers.models import Customer, Inbox


def inbox() -> Inbox:
    """The demo's inbox."""
    return Inbox.objects.get_or_create(key="demo", defaults={"name": "Rapport demo"})[0]


def technician(name: str) -> Author:
    """A technician as an author; the user name is the name."""
    made, _ = Technician.objects.get_or_create(username=name)
    return Author(AuthorKind.TECHNICIAN, made.id, name)


def opening(text: str, *, client_id: str = "", customer: Customer | None = None) -> Entry:
    """The entry that begins a conversation of `customer`, else of somebody new."""
    place = inbox()

    def arrive(at: datetime) -> Arrived:
        who = customer or Customer.objects.create(inbox=place, name="Mara", created_at=at)
        return Arrived(who.id, who.name)

    begun = Opening(arrive=arrive, inbox=place.id, subject=text[:80], environment={})
    say = Say(text, client_id or str(uuid.uuid4()), opening=begun)
    return Entry(uuid.uuid4(), Author(AuthorKind.CUSTOMER, None, ""), say)


def begin(text: str = "hello", **more: object) -> tuple[Author, Done]:
    """A conversation begun: its customer as an author, and what became of the entry."""
    done = append([opening(text, **more)])[0]  # type: ignore[arg-type]
    assert isinstance(done, Done), done
    return Author(AuthorKind.CUSTOMER, done.head.customer, "Mara"), done
