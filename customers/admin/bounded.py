"""Lists of which the first pages cost the same however many rows there are."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

#: Rows that are counted, and that can be paged through. Whoever looks for something older searches or filters.
MOST_COUNTED = 2_000


class AtLeast(int):
    """A number that was not counted any further; it is shown as `2,000+`."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


class Bounded(Paginator[Any]):
    """Counts to MOST_COUNTED and no further: counting a table means reading all of it."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most MOST_COUNTED, which then says so."""
        rows: Any = self.object_list
        found: int = rows.order_by()[: MOST_COUNTED + 1].count()
        return AtLeast(MOST_COUNTED) if found > MOST_COUNTED else found


def at_least(size: int, most: int) -> int:
    """`size`, which was counted to `most` and one more at the most."""
    return AtLeast(most) if size > most else size
