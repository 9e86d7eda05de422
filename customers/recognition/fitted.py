"""The weights in use: the newest fitted table that was not taken back, else the defaults."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import QuerySet

from customers.models import Weighing
from customers.prepared import first, prepared
from customers.recognition.weights import Table

logger = logging.getLogger(__name__)


def current() -> Table:
    """The table of weights in use. One that cannot be read is passed over: suggestions go on with the defaults."""
    newest: Weighing | None = first(_newest())
    if newest is None:
        return Table()
    try:
        return Table.from_json(newest.table)
    except (ValueError, TypeError, AttributeError):
        logger.exception("The fitted weights %s cannot be read; the defaults are used.", newest.pk)
        return Table()


@prepared
def _newest() -> QuerySet[Weighing, Weighing]:
    return Weighing.objects.filter(undone_at=None).order_by("-id")[:1]


def keep(table: Table, *, source: str, at: datetime) -> Weighing:
    """Use this table from now on. Raises ValueError for a table that could not be read back."""
    stored = table.as_json()
    Table.from_json(stored)
    return Weighing.objects.create(table=stored, source=source[:200], at=at)


def undo(*, at: datetime) -> Weighing | None:
    """Go back to the table before the one in use; None when the defaults are in use already."""
    newest = Weighing.objects.filter(undone_at=None).first()
    if newest is not None:
        newest.undone_at = at
        newest.save(update_fields=["undone_at"])
    return newest
