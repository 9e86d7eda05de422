"""Who is one person: the customers connected by live links. For technicians; browsers see by grants alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from customers.models import Customer, Link
from customers.prepared import prepared

#: Nobody is so many people; a chain that grows beyond this was linked by mistake, and costs no more than this.
MOST_LINKED = 200


def live_link(at: datetime) -> Q:
    """The links that hold at `at`."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))


def person_of(customer: UUID, at: datetime) -> frozenset[UUID]:
    """All customers that are one person with this one at `at`, itself among them.

    A separate inbox's customers stand alone among those of other inboxes, whatever was linked before it was
    separated.
    """
    return persons_of([customer], at)[customer]


def persons_of(customers: Iterable[UUID], at: datetime) -> dict[UUID, frozenset[UUID]]:
    """The same for several at once: as many queries as the longest chain has links, plus one."""
    asked = set(customers)
    edges: dict[UUID, set[UUID]] = {}
    frontier, seen = set(asked), set(asked)
    while frontier and len(seen) < MOST_LINKED + len(asked):
        found = _links_from(customers=frontier, at=at)
        frontier = set()
        for a, b in found:
            edges.setdefault(a, set()).add(b)
            edges.setdefault(b, set()).add(a)
            frontier |= {a, b} - seen
        seen |= frontier
    if not edges:
        return {customer: frozenset({customer}) for customer in asked}
    walls = _walls(seen)
    return {customer: _reached(customer, edges, walls) for customer in asked}


def links_of(person: frozenset[UUID], at: datetime) -> list[Link]:
    """The live links within one person, the oldest first."""
    return _links_among(person=person, at=at)


def _walls(customers: set[UUID]) -> dict[UUID, UUID | None]:
    """Customer → the separate inbox it must not leave, None for the shared ones."""
    rows = _homes_of(customers=customers)
    return {customer: inbox if separate else None for customer, inbox, separate in rows}


@prepared
def _links_from(customers: Iterable[UUID], at: datetime) -> QuerySet[Link, Any]:
    either = Q(a__in=customers) | Q(b__in=customers)
    return Link.objects.filter(live_link(at), either).values_list("a_id", "b_id")


@prepared
def _links_among(person: Iterable[UUID], at: datetime) -> QuerySet[Link, Link]:
    found = Link.objects.filter(live_link(at), a__in=person, b__in=person)
    return found.select_related("a", "b").order_by("at")


@prepared
def _homes_of(customers: Iterable[UUID]) -> QuerySet[Customer, Any]:
    return Customer.objects.filter(pk__in=customers).values_list("id", "inbox_id", "inbox__separate")


def _reached(start: UUID, edges: dict[UUID, set[UUID]], walls: dict[UUID, UUID | None]) -> frozenset[UUID]:
    reached, frontier = {start}, [start]
    while frontier:
        for other in edges.get(frontier.pop(), ()):
            if other not in reached and walls.get(other) == walls.get(start):
                reached.add(other)
                frontier.append(other)
    return frozenset(reached)
