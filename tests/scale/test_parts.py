"""Events in parts by year: the log keeps every promise it makes on one table."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, NotSupportedError, connection, transaction

from chat.log import alone, parts
from chat.log.append import append
from chat.log.entries import Done, Entry, Say
from chat.models import Conversation, Event
from chat.selectors.lists import mine_and_waiting
from chat.selectors.log import events_between
from tests.support.log import begin, technician

# The tests of the log itself once more, on parts.
from tests.test_log import (  # noqa: F401
    test_a_batch_with_duplicates_inside_stores_each_once,
    test_one_bad_entry_harms_no_other,
    test_other_words_or_another_kind_under_a_used_client_id,
    test_read_markers_move_forward_only_in_both_numberings,
    test_store_raises_what_append_answers,
    test_the_same_beginning_twice_in_one_batch,
    test_the_statements_of_a_batch_do_not_grow_with_it,
    test_two_numberings_without_holes,
    test_what_resolving_stores_stands_in_the_event,
)

pytestmark = [pytest.mark.django_db, pytest.mark.production]

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def parted(db: None) -> None:
    parts.part_events(NOW)


def test_one_statement_stores_a_lone_message_where_it_belongs() -> None:
    mara, opened = begin("first")
    alone.remember([opened.head])
    entry = Entry(opened.head.id, mara, Say("second", str(uuid.uuid4())))
    done = alone.say(entry)
    assert done is not None
    assert done.event is not None
    assert alone.say(entry) is None, "it stands there"
    assert [event.seq for event in events_between(opened.head.id, 0, None, 10, for_customer=False)] == [1, 2]
    assert home_of(opened.head.id) == {f"chat_event_to_{NOW.year}"}


def home_of(conversation: uuid.UUID) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tableoid::regclass::text FROM chat_event WHERE conversation_id = %s",
            [conversation],
        )
        return {row[0] for row in cursor.fetchall()}


def at_home_in(year: int) -> uuid.UUID:
    """A conversation that was opened in this year, with one message."""
    mara, done = begin("hello")
    own = uuid.UUID(int=parts.first_id(year).int + uuid.uuid4().int % 2**60)
    head = Conversation.objects.get(pk=done.head.id)
    head.pk, head.case_code, head.start_client_id = own, own.hex[-7:], own.hex
    head.last_seq = head.customer_last_seq = 0
    head.save(force_insert=True)
    stored = append([Entry(own, mara, Say("once", f"mine-{own.hex}"))])[0]
    assert isinstance(stored, Done), stored
    return own


def test_each_year_has_its_part_and_nothing_is_lost_at_the_edges() -> None:
    homes = {year: home_of(at_home_in(year)) for year in range(NOW.year - 1, NOW.year + 4)}
    first = {f"chat_event_to_{NOW.year}"}
    assert homes == {
        NOW.year - 1: first,
        NOW.year: first,
        NOW.year + 1: {f"chat_event_{NOW.year + 1}"},
        NOW.year + 2: {f"chat_event_{NOW.year + 2}"},
        NOW.year + 3: {"chat_event_other"},
    }
    assert parts.keep_ahead(NOW) == 0
    assert parts.keep_ahead(NOW - timedelta(days=366)) == 0, "a clock that goes back makes nothing"


def test_a_message_is_stored_once_in_every_part() -> None:
    for year in (NOW.year, NOW.year + 1, NOW.year + 3):
        conversation = at_home_in(year)
        mara = Event.objects.get(conversation=conversation)
        again = {"id": uuid.uuid4(), "seq": 99, "customer_seq": 99}
        row = {f.attname: getattr(mara, f.attname) for f in Event._meta.concrete_fields}
        for clash in ({"client_id": mara.client_id}, {"seq": 1}, {"customer_seq": 1}):
            changed = {**row, **again, "client_id": str(uuid.uuid4()), **clash}
            with pytest.raises(IntegrityError), transaction.atomic():
                Event.objects.create(**changed)


def test_a_page_of_a_log_is_read_from_one_part() -> None:
    conversation = at_home_in(NOW.year + 1)
    assert len(events_between(conversation, 0, None, 10, for_customer=False)) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT * FROM chat_event WHERE conversation_id = %s AND seq > 0", [conversation]
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"chat_event_{NOW.year + 1}" in plan
    assert "chat_event_to" not in plan
    helper = technician("Ana").id
    assert helper is not None
    assert mine_and_waiting(helper)


def test_the_mutant_that_parts_by_time_of_the_event_cannot_keep_messages_once() -> None:
    """Parted by `at`, the same message sent again next year would be another one: the database refuses such a key."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mutant (LIKE chat_event) PARTITION BY RANGE (at)")
        with pytest.raises(NotSupportedError, match="must include all partitioning columns"):
            cursor.execute("CREATE UNIQUE INDEX ON mutant (conversation_id, author, client_id)")


def test_parting_twice_is_refused_and_the_parts_are_shown() -> None:
    with pytest.raises(CommandError, match="already"):
        call_command("partition_events")
    shown = StringIO()
    call_command("partition_events", "--list", stdout=shown)
    assert f"chat_event_to_{NOW.year}" in shown.getvalue()
    assert "chat_event_other" in shown.getvalue()
