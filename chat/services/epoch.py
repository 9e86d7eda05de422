"""The epoch: told to every client, so that what they hold of a database that has gone back is thrown away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet

from chat.models import Epoch
from chat.models.epoch import ONLY
from customers.prepared import first, prepared


def current_epoch() -> str:
    """The epoch of the database as it is now, a UUID as text. One small query."""
    value = first(_values())
    if value is None:
        begun = {"since": datetime.now(UTC), "why": "first start"}
        value = Epoch.objects.get_or_create(pk=ONLY, defaults=begun)[0].value
    return str(value)


@prepared
def _values() -> QuerySet[Epoch, Any]:
    return Epoch.objects.filter(pk=ONLY).values_list("value", flat=True)


def new_epoch(why: str) -> str:
    """Begin another: every client throws away what it holds and asks again. Returns the new one.

    Servers that run notice within SWEEP seconds and tell those who are connected. `why` is kept, up to 200 characters.
    """
    now = {"value": uuid4(), "since": datetime.now(UTC), "why": why[:200]}
    return str(Epoch.objects.update_or_create(pk=ONLY, defaults=now)[0].value)
