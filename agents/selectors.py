"""The doors to technicians."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from agents.models import Availability, Presence, Technician

#: No lease is given for longer. One that ends later was dated by a clock that has been put back since.
LONGEST_LEASE = timedelta(minutes=2)


def technicians_online(now: datetime) -> list[Technician]:
    """Technicians who have chosen to be online and are really there."""
    return list(online(now=now, latest=now + LONGEST_LEASE))


def online(*, now: datetime, latest: datetime) -> QuerySet[Technician]:
    """The same, as who asks it all the time may prepare it. `latest`: LONGEST_LEASE after `now`."""
    there = _leases(now, latest).values("technician_id")
    return Technician.objects.filter(is_active=True, availability=Availability.ONLINE, pk__in=there)


def anybody_present() -> bool:
    """Whether there is any lease, be it one that has run out. Asked every other second, so without the ORM."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM agents_presence LIMIT 1")
        return cursor.fetchone() is not None


def technicians_present(now: datetime) -> set[UUID]:
    """Everybody with an open console, whatever they chose to be."""
    return set(_leases(now, now + LONGEST_LEASE).values_list("technician_id", flat=True))


def states() -> dict[UUID, tuple[str, str]]:
    """(name, online | away | offline) of every active technician: what they chose, if they are there at all."""
    there = technicians_present(datetime.now(UTC))
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


def _leases(now: datetime, latest: datetime) -> QuerySet[Presence]:
    """The sockets that are there."""
    return Presence.objects.filter(expires_at__gt=now, expires_at__lt=latest)
