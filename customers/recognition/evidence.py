"""What is known of the one who writes, and what is suggested from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PastProblem:
    """A problem that a customer had, and how alike it is (0…1) to what is asked now."""

    likeness: float
    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything to compare, in normal form (`customers.normal`); what is empty is not compared.

    `traits` are by kind of `Trait`; `proven` are mailboxes that this very browser has proven; `customer` is the row
    of the one who writes, if there is one: suggestions refused for it do not come again.
    """

    customer: UUID | None = None
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: Mapping[UUID, PastProblem] = field(default_factory=dict)
    proven: frozenset[str] = frozenset()

    def telling(self) -> bool:
        """Whether there is anything by which somebody could be found."""
        found = ("place", "product", "model")
        return bool(
            self.names
            or self.emails
            or self.phones
            or self.serials
            or self.orders
            or self.proven
            or self.problems
            or any(self.traits.get(kind) for kind in found)
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody on file who may be the one who writes. Tells a technician where to look; proves nothing."""

    customer: UUID
    name: str
    score: float
    level: str
    reasons: tuple[str, ...]
    #: Each comparison and its level, for `Verdict.evidence`.
    comparisons: Mapping[str, str]
    #: This browser has proven a mailbox that the customer had only claimed.
    strong: bool = False
