"""One person over everything that is linked: the customers, the links with their reasons, the conversations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from chat.models import Conversation
from customers.admin.words import LINK_WORDS, count, how_sure, moment, until
from customers.models import Customer, Grant, Identifier, Link, Proof
from customers.persons import links_of, live_link, person_of
from customers.services.grants import live

#: Enough for nearly everybody; the rest is found by searching.
MOST_CONVERSATIONS = 50
MOST_ENDED = 20


def person_page(customer: Customer, at: datetime) -> dict[str, Any]:
    """What the page of a customer shows of the person."""
    person = person_of(customer.pk, at)
    conversations = Conversation.objects.filter(customer__in=person)
    ended = Link.objects.filter(Q(a=customer) | Q(b=customer)).exclude(live_link(at))
    return {
        "person": sides(person),
        "links": [in_words(link) for link in links_of(person, at)],
        "ended": [
            in_words(link) for link in ended.select_related("a", "b").order_by("-at", "-id")[:MOST_ENDED]
        ],
        "conversations": conversations.select_related("customer", "technician").order_by("-opened_at")[
            :MOST_CONVERSATIONS
        ],
        "more_conversations": max(0, conversations.count() - MOST_CONVERSATIONS),
    }


def sides(customers: frozenset[UUID]) -> list[dict[str, Any]]:
    """These customers, the first met first, with what is known of each and how many conversations they had."""
    found = (
        Customer.objects.filter(pk__in=customers)
        .select_related("inbox")
        .prefetch_related(Prefetch("identifiers", Identifier.objects.order_by("created_at")))
        .annotate(size=Count("conversations"))
        .order_by("created_at", "pk")
    )
    return [
        {
            "customer": one,
            "identifiers": [
                {"kind": known.get_kind_display(), "shown": known.shown, "how_sure": how_sure(known)}
                for known in one.identifiers.all()
            ],
            "conversations": count(one.size, "conversation"),
        }
        for one in found
    ]


def in_words(link: Link) -> dict[str, Any]:
    """A link as the pages show it."""
    return {
        "link": link,
        "proof": LINK_WORDS[Proof(link.proof)],
        "by": link.by_name or "Rapport",
        "at": moment(link.at),
        "holds": until(link.expires_at, link.revoked_at),
        "revoked_by": link.revoked_by_name or ("Rapport" if link.revoked_at else ""),
    }


def what_ends(link: Link, at: datetime) -> dict[str, Any]:
    """What taking this link back would change: who stays together, which browsers lose access, which keep it."""
    person = person_of(link.a_id, at)
    others = [one for one in links_of(person, at) if one.pk != link.pk]
    left = _together(link.a_id, others)
    right = _together(link.b_id, others)
    grants = Grant.objects.filter(live(at), device__revoked_at=None).select_related("device", "customer")
    own = grants.exclude(link=link).filter(
        Q(device__customer__in=left, customer__in=right) | Q(device__customer__in=right, customer__in=left)
    )
    return {
        "left": sides(left),
        "right": sides(right),
        "stay": link.b_id in left,
        "lose": _browsers(grants.filter(link=link)),
        "keep": [] if link.b_id in left else _browsers(own),
    }


def _together(start: UUID, links: list[Link]) -> frozenset[UUID]:
    """Who is one person with `start` by these links."""
    reached = {start}
    while more := {
        end
        for link in links
        for end in (link.a_id, link.b_id)
        if {link.a_id, link.b_id} & reached and end not in reached
    }:
        reached |= more
    return frozenset(reached)


def _browsers(grants: QuerySet[Grant]) -> list[Grant]:
    return list(grants.order_by("-device__last_seen", "-at")[:MOST_CONVERSATIONS])
