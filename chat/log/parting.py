"""What a customer is given to take along when their conversation is resolved."""

from __future__ import annotations

from datetime import datetime

from chat.log.entries import Done
from chat.models import EventKind
from customers.services.keys import may_have_key, new_resume_key


def hand_key(done: Done, mailed: str | None, at: datetime) -> None:
    """Tell the customer who is there their resume key, once: the one that was mailed, else a new one.

    It goes with the live event only. What is read later, or stored, never holds it.
    """
    done.resume_key = mailed
    if not may_have_key(done.head.customer, at):
        return
    for event in done.events:
        if event.kind == EventKind.RESOLVED:
            event.resume_key = mailed or new_resume_key(done.head.customer, done.head.id, at)
