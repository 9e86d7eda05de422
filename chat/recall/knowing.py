"""Why a technician sees several customers as one person, and who waits for a second opinion."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from chat.wire import time_text
from customers.models import Vouch
from customers.prepared import prepared
from customers.selectors import links_of


def links_shown(customer: UUID, person: frozenset[UUID], at: datetime) -> list[dict[str, Any]]:
    """The live links of a person, each by the side that is farther from `customer`. At most one query."""
    if len(person) < 2:
        return []
    shown = []
    for link in links_of(person, at):
        other = link.a if link.b_id == customer else link.b
        shown.append(
            {
                "id": str(link.pk),
                "customer": str(other.pk),
                "name": str(other),
                "proof": link.proof,
                "reason": link.reason,
                "by": link.by_name,
                "at": time_text(link.at),
                "expires_at": time_text(link.expires_at),
            }
        )
    return shown


def waiting_vouch(conversation: UUID) -> dict[str, Any] | None:
    """The vouch of this conversation that a second technician has to agree to, or None. One query."""
    # Sorted out here: asked for those without a link, SQLite reads all that have none, in any conversation.
    vouches: list[Vouch] = _vouches(conversation=conversation)
    vouch = next((one for one in vouches if not (one.agreed_at or one.refused_at or one.link_id)), None)
    if vouch is None:
        return None
    return {
        "id": str(vouch.pk),
        "candidate": str(vouch.candidate_id),
        "name": str(vouch.candidate),
        "by": vouch.by_name,
        "at": time_text(vouch.at),
        "facts": list(vouch.facts),
    }


@prepared
def _vouches(conversation: UUID) -> QuerySet[Vouch, Vouch]:
    return Vouch.objects.filter(conversation=conversation).select_related("candidate").order_by("-at")
