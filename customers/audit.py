"""The audit log: who decided what about whom, when, why and from where."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from customers.models import Action, AuditEntry
from customers.services.attempts import Allowance, allowed, exhausted

REFUSALS = Allowance("refusal", most=20, seconds=60)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a technician, a customer's browser, or Rapport itself; `place` is their network."""

    kind: str
    id: UUID | None = None
    name: str = ""
    place: str = ""


RAPPORT = Actor("system", name="Rapport")


def record(
    action: Action,
    actor: Actor,
    *,
    at: datetime,
    customer: UUID | None = None,
    other: UUID | None = None,
    device: UUID | None = None,
    link: UUID | None = None,
    conversation: UUID | None = None,
    reason: str = "",
    **details: Any,
) -> None:
    """Add an entry, in the transaction of what it tells of. Texts are cut to what their columns hold."""
    AuditEntry.objects.create(
        at=at,
        action=action,
        actor_kind=actor.kind,
        actor=actor.id,
        actor_name=actor.name[:120],
        customer=customer,
        other=other,
        device=device,
        link=link,
        conversation=conversation,
        reason=reason[:500],
        place=actor.place[:80],
        details=details,
    )


def refusal(action: Action, actor: Actor, *, at: datetime, **what: Any) -> None:
    """Add an entry for something that was refused; of a storm of them only the first of each minute.

    What anybody can provoke as often as they like must not fill the disk, nor keep the database busy: beyond
    that nothing is written.
    """
    who = f"{action}:{actor.place}"
    if not exhausted(REFUSALS, who, at) and allowed(REFUSALS, who, at):
        record(action, actor, at=at, **what)


def network_of(address: str) -> str:
    """The network of an address, /24 or /48: enough to see a pattern, too little to point at a household. "" for none.

    Our own machine is nobody's network: behind a proxy that does not say who asks, everybody would come from it.
    """
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return ""
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))
