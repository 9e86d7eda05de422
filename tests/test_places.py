"""Who stands where: by inbox, urgent ones first, then by when they came; told of those who are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chat.models import Conversation, Status
from chat.queue import places
from chat.queue.places import places_of
from customers.models import Customer, Inbox

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def queue() -> list[Conversation]:
    """Forty in two inboxes, every seventh urgent, every third not waiting; two at a time."""
    inboxes = [Inbox.objects.create(key=f"kept{number}", name="Kept") for number in range(2)]
    made = []
    for number in range(40):
        at = NOW - timedelta(minutes=(number * 17 % 40) // 2)
        inbox = inboxes[number % 5 == 0]
        customer = Customer.objects.create(inbox=inbox, created_at=at)
        made.append(
            Conversation.objects.create(
                inbox=inbox,
                customer=customer,
                case_code=f"P{number}",
                start_client_id=f"{number}",
                status=Status.RESOLVED if number % 3 == 0 else Status.WAITING,
                urgent=number % 7 == 0,
                opened_at=at,
                waiting_since=at,
            )
        )
    return made


def expected(queue: list[Conversation]) -> dict[UUID, int]:
    waiting = sorted(
        (one for one in queue if one.status == Status.WAITING),
        key=lambda one: (not one.urgent, one.waiting_since, one.id),
    )
    counted: dict[UUID, int] = {}
    found = {}
    for one in waiting:
        counted[one.inbox_id] = found[one.id] = counted.get(one.inbox_id, 0) + 1
    return found


def test_everybody_stands_where_they_came(queue: list[Conversation]) -> None:
    found = {talk: position for talk, _, position in places_of(one.customer_id for one in queue)}
    assert found == expected(queue)


def test_those_who_are_not_asked_for_count_all_the_same(queue: list[Conversation]) -> None:
    for one in queue:
        of_one = [(talk, customer, position) for talk, customer, position in places_of([one.customer_id])]
        place = expected(queue).get(one.id)
        assert of_one == ([(one.id, one.customer_id, place)] if place else [])
    assert list(places_of([])) == []


def test_rows_that_come_in_lots(queue: list[Conversation], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LOT", 3)
    assert len(list(places_of(one.customer_id for one in queue))) == len(expected(queue))


def test_counting_only_those_who_are_asked_for_is_noticed(
    queue: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: whoever asks alone is always the first."""
    alone = places._NUMBERED.replace("position FROM (SELECT id", "1 FROM (SELECT id", 1)
    monkeypatch.setattr(places, "_NUMBERED", alone)
    with pytest.raises(AssertionError):
        test_those_who_are_not_asked_for_count_all_the_same(queue)
