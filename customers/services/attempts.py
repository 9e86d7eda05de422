"""How often something may be tried. Counted in the database, in one statement, so that parallel tries all count."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from customers.models import Attempt


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `most` tries of a kind in each stretch of `seconds`, by one who."""

    what: str
    most: int
    seconds: int


def allowed(allowance: Allowance, who: str, at: datetime) -> bool:
    """Count one more try by `who`, and say whether it is still within the allowance."""
    began = _began(allowance, at)
    table = Attempt._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (what, who, since, count) VALUES (%s, %s, %s, 1) "  # noqa: S608  (a constant)
            f"ON CONFLICT (what, who, since) DO UPDATE SET count = {table}.count + 1 RETURNING count",
            [allowance.what, who, _column(datetime.fromtimestamp(began, UTC))],
        )
        count: int = cursor.fetchone()[0]
    return count <= allowance.most


def exhausted(allowance: Allowance, who: str, at: datetime) -> bool:
    """Whether `who` has no try left; a look that writes nothing, for turning a storm away cheaply."""
    since = datetime.fromtimestamp(_began(allowance, at), UTC)
    return Attempt.objects.filter(
        what=allowance.what, who=who, since=since, count__gte=allowance.most
    ).exists()


def forgive(allowance: Allowance, who: str) -> None:
    """Forget the tries of `who`: they have shown that they may."""
    Attempt.objects.filter(what=allowance.what, who=who).delete()


def hidden(text: str) -> str:
    """A name for an address in this table that does not show the address."""
    return hashlib.sha256(text.encode()).hexdigest()


def _began(allowance: Allowance, at: datetime) -> int:
    return int(at.timestamp()) // allowance.seconds * allowance.seconds


def _column(moment: datetime) -> str | datetime | None:
    adapted: str | datetime | None = connection.ops.adapt_datetimefield_value(moment)
    return adapted
