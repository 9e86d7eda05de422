"""A message that comes alone: other statements than a batch has, and nothing else is different."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection

from chat.log.append import append
from chat.log.entries import Act, Author, Claim, Done, Entry, Release, Resolve, Result, Say
from chat.models import Conversation, Event
from tests.support.log import begin, technician

pytestmark = pytest.mark.django_db(transaction=True)

EVENT = ("seq", "customer_seq", "kind", "author_kind", "author", "author_name", "client_id", "note", "text")
HEAD = ("status", "technician_id", "team_id", "last_seq", "customer_last_seq", "urgent")
TIMES = ("waiting_since", "claimed_at", "replied_at", "resolved_at")


def course(conversation: uuid.UUID, mara: Author, ana: Author) -> list[Entry]:
    """Everything that writes: messages, a note, one sent twice, an assignment there and back, the end."""
    acts: list[tuple[Author, Act]] = [
        (mara, Say("It does not scan", "one")),
        (ana, Say("Only for us: the old driver?", "two", note=True)),
        (ana, Claim()),
        (ana, Say("Which “driver” have you? ✓", "three")),
        (ana, Say("Which “driver” have you? ✓", "three")),
        (ana, Release()),
        (mara, Say("The newest", "four")),
        (ana, Resolve(problem="does not scan", fix="the patch")),
    ]
    return [Entry(conversation, author, act) for author, act in acts]


def left(conversation: uuid.UUID, results: list[Result]) -> dict[str, Any]:
    """What is on file afterwards, and what was answered; not when, nor under which id."""
    events = Event.objects.filter(conversation=conversation).order_by("seq")
    head = Conversation.objects.get(pk=conversation)
    return {
        "events": list(events.values_list(*EVENT))[1:],
        "bodies": [sorted(one.body or {}) for one in events],
        "head": [getattr(head, name) for name in HEAD],
        "times": [getattr(head, name) is None for name in TIMES],
        "answers": [(type(one), one.duplicate if isinstance(one, Done) else None) for one in results],
    }


def test_one_by_one_leaves_what_a_batch_leaves() -> None:
    ana = technician("Ana")
    mara, alone = begin("first")
    results = [append([entry])[0] for entry in course(alone.head.id, mara, ana)]
    eve, together = begin("first")
    batch = append(course(together.head.id, eve, ana))
    one_by_one, at_once = left(alone.head.id, results), left(together.head.id, batch)
    for row in (one_by_one, at_once):
        row["events"] = [
            [{mara.id: "customer", eve.id: "customer"}.get(cell, cell) for cell in event]
            for event in row["events"]
        ]
    assert one_by_one == at_once
    assert len(one_by_one["events"]) == 7
    assert [duplicate for _, duplicate in one_by_one["answers"]].count(True) == 1


@pytest.mark.production
def test_the_server_keeps_the_plans_of_lone_messages_and_of_no_lists() -> None:
    mara, opened = begin("first")
    for number in range(8):
        append([Entry(opened.head.id, mara, Say(f"alone {number}", str(uuid.uuid4())))])
    alone = kept()
    for table in ("SELECT % FROM chat_conversation", "SELECT % FROM chat_event", "INSERT INTO chat_event"):
        assert any(one.startswith(table.split("%")[0]) and table.split("%")[-1] in one for one in alone), (
            table
        )
    assert any(one.startswith("UPDATE chat_conversation") for one in alone)
    for number in range(8):
        append([Entry(opened.head.id, mara, Say(f"{number} {one}", str(uuid.uuid4()))) for one in ("a", "b")])
    assert kept() == alone


def kept() -> set[str]:
    """What this connection's server has a plan for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return {row[0] for row in cursor.fetchall()}
