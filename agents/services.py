"""What technicians say of themselves, and the leases that show they are there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from agents.models import Availability, Presence, Technician

#: A socket that has not renewed for this long is taken for gone.
LEASE = timedelta(seconds=60)


def choose_availability(*, technician: UUID, state: object) -> bool:
    """Remember what a technician chose; False when `state` is not online, away or offline."""
    if state not in Availability.values:
        return False
    Technician.objects.filter(pk=technician).update(availability=state)
    return True


def be_present(*, technician: UUID, socket: UUID) -> None:
    """This socket of this technician is alive; renews by itself as long as it is."""
    Presence.objects.update_or_create(
        socket=socket, defaults={"technician_id": technician, "expires_at": datetime.now(UTC) + LEASE}
    )


def renew(sockets: Mapping[UUID, UUID]) -> None:
    """These sockets (with their technicians) are alive still, also after the database was away for a while."""
    now = datetime.now(UTC)
    leases = [
        Presence(socket=socket, technician_id=who, expires_at=now + LEASE) for socket, who in sockets.items()
    ]
    Presence.objects.bulk_create(
        leases, update_conflicts=True, unique_fields=["socket"], update_fields=["expires_at"]
    )
    Presence.objects.filter(expires_at__lt=now - LEASE).delete()


def be_gone(*, socket: UUID) -> None:
    """This socket is gone."""
    Presence.objects.filter(socket=socket).delete()
