"""The doors to technicians."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from agents.models import Availability, Presence, Technician


def technicians_online() -> list[Technician]:
    """Technicians who have chosen to be online and are really there."""
    now = datetime.now(UTC)
    there = Presence.objects.filter(expires_at__gt=now).values("technician_id")
    return list(Technician.objects.filter(is_active=True, availability=Availability.ONLINE, pk__in=there))


def states() -> dict[UUID, tuple[str, str]]:
    """(name, online | away | offline) of every active technician: what they chose, if they are there at all."""
    now = datetime.now(UTC)
    there = set(Presence.objects.filter(expires_at__gt=now).values_list("technician_id", flat=True))
    return {
        one.id: (one.shown_name, one.availability if one.id in there else str(Availability.OFFLINE))
        for one in Technician.objects.filter(is_active=True)
    }


def name_of(technician: UUID) -> str:
    """The name that customers and colleagues see; "" for nobody."""
    found = Technician.objects.filter(pk=technician).first()
    return found.shown_name if found else ""


def active_technician(pk: UUID) -> Technician | None:
    """The technician, unless they were disabled."""
    return Technician.objects.filter(pk=pk, is_active=True).first()
