"""What technicians say to suggestions: right, or not this person. Ranking learns from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Verdict


def confirm(
    customer: Customer,
    candidate: Customer,
    *,
    by: Actor,
    at: datetime,
    evidence: dict[str, Any] | None = None,
) -> None:
    """This was the right person."""
    _keep(customer, candidate, True, by, at, evidence)


def refuse(
    customer: Customer,
    candidate: Customer,
    *,
    by: Actor,
    at: datetime,
    evidence: dict[str, Any] | None = None,
) -> None:
    """This is somebody else, and is not suggested again."""
    _keep(customer, candidate, False, by, at, evidence)
    audit.record(Action.NOT_SAME, by, at=at, customer=customer.pk, other=candidate.pk)


def _keep(
    customer: Customer,
    candidate: Customer,
    same: bool,
    by: Actor,
    at: datetime,
    evidence: dict[str, Any] | None,
) -> None:
    values: dict[str, Any] = {"same": same, "by": by.id, "at": at}
    if evidence is not None:
        values["evidence"] = evidence
    Verdict.objects.update_or_create(customer=customer, candidate=candidate, defaults=values)
