"""The look for changes of access asks first whether there is any: each kind of change has to be among what it asks."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chat.selectors import access
from customers.models import Customer, Device, Grant, Inbox, Proof

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(days=1)
#: What happened a moment ago, as fields of a grant and of its device. What is not said happened long before.
CHANGES: dict[str, tuple[dict[str, timedelta], dict[str, timedelta]]] = {
    "a device was revoked": ({}, {"revoked_at": timedelta(seconds=1)}),
    "a grant was revoked": ({"revoked_at": timedelta(seconds=1)}, {}),
    "a grant was given": ({"at": timedelta(seconds=1)}, {}),
    "a grant ran out": ({"expires_at": timedelta(seconds=1)}, {}),
}


def _happened(now: datetime, grant: dict[str, timedelta], device: dict[str, timedelta]) -> Device:
    inbox = Inbox.objects.create(key=os.urandom(4).hex(), name="Shop", created_at=now - LONG_AGO)
    customer = Customer.objects.create(inbox=inbox, created_at=now - LONG_AGO)
    seen = {"first_seen": now - LONG_AGO, "last_seen": now - LONG_AGO}
    ours = Device.objects.create(
        customer=customer,
        visit=uuid4(),
        token_hash=os.urandom(32),
        **seen,
        **{name: now - ago for name, ago in device.items()},
    )
    moments = {"at": now - LONG_AGO, **{name: now - ago for name, ago in grant.items()}}
    Grant.objects.create(device=ours, customer=customer, proof=Proof.DEVICE, **moments)
    return ours


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_seen_and_would_not_be_were_it_not_asked_for(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    device = _happened(now, *CHANGES[what])
    assert device.id in access.lately_changed(now).devices

    # The mutants: each leaves one question out. One of them, and only one, does not see this change.
    whole, seen = access._ANY_CHANGED, []
    questions = whole.strip().split("\n")
    for question in questions:
        left_out = question.removesuffix(")") + " AND 1 = 0)"
        monkeypatch.setattr(access, "_ANY_CHANGED", whole.replace(question, left_out))
        seen.append(device.id in access.lately_changed(now).devices)
    assert (len(questions), seen.count(False)) == (len(CHANGES), 1), "the test above could not fail"


def test_when_nothing_changed_there_is_one_question(django_assert_num_queries) -> None:
    _happened(datetime.now(UTC), {}, {})
    with django_assert_num_queries(1):
        assert not access.lately_changed(datetime.now(UTC))
