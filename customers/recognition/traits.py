"""Facts that identify nobody: where somebody lives, what they own, which browser they use."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from customers.environment import Surroundings
from customers.models import Customer, Trait
from customers.prepared import prepared
from customers.recognition import keys
from customers.recognition.facts import MOST_OF_A_KIND, normal_trait
from customers.text import one_line

#: Under which names a host page may say where somebody is.
PLACES = ("suburb", "city", "place", "town", "postcode")


@transaction.atomic(savepoint=False)
def record_traits(customer: Customer, traits: Mapping[str, str], *, at: datetime) -> None:
    """Keep facts about a customer, by kind of `Trait`; the newest few of a kind stay. Unknown kinds are left out."""
    given = {}
    for kind, text in traits.items():
        shown = one_line(text, 80)
        value = normal_trait(kind, shown)
        if kind in Trait.Kind.values and value:
            given[kind, value] = shown
    there: list[Trait] = _there(customer=customer.id)
    again = [row.pk for row in there if (row.kind, row.value) in given]
    fresh = [
        Trait(customer=customer, kind=kind, value=value, shown=shown, seen_at=at)
        for (kind, value), shown in given.items()
        if not any((row.kind, row.value) == (kind, value) for row in there)
    ]
    # This runs whenever a conversation begins: few statements, however many facts there are.
    Trait.objects.bulk_create(fresh, ignore_conflicts=True)
    if again:
        Trait.objects.filter(pk__in=again).update(seen_at=at)
    if stale := _stale([row for row in there if row.pk not in again], [*given]):
        Trait.objects.filter(pk__in=stale).delete()
    keys.outdate(customer.id)


@prepared
def _there(customer: UUID) -> QuerySet[Trait, Trait]:
    return Trait.objects.filter(customer=customer).order_by("-seen_at", "-id")


def _stale(older: list[Trait], newest: list[tuple[str, str]]) -> list[int]:
    """Those of `older`, the newest first, that are too many of their kind beside `newest`."""
    counts: dict[str, int] = {}
    for kind, _ in newest:
        counts[kind] = counts.get(kind, 0) + 1
    stale = []
    for row in older:
        counts[row.kind] = counts.get(row.kind, 0) + 1
        if counts[row.kind] > MOST_OF_A_KIND:
            stale.append(row.pk)
    return stale


def traits_of(surroundings: Surroundings, address: str = "") -> dict[str, str]:
    """The traits in an environment and a network address; of the address only a keyed fingerprint is kept."""
    extra = surroundings.extra
    found = {
        "place": next((extra[name] for name in PLACES if extra.get(name)), ""),
        "product": extra.get("product", ""),
        "model": extra.get("model", ""),
        "browser": _family(surroundings.browser),
        "os": surroundings.os,
        "screen": surroundings.screen,
        "locale": surroundings.locale,
        "time_zone": surroundings.time_zone,
        "network": network_of(address),
    }
    return {kind: text for kind, text in found.items() if text}


def as_compared(traits: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Traits in the form that evidence holds."""
    return {kind: (value,) for kind, text in traits.items() if (value := normal_trait(kind, text))}


def network_of(address: str) -> str:
    """A fingerprint of the network that an address is in (IPv4 /24, IPv6 /48); "" for no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    network = ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False)
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, f"network {network}".encode(), hashlib.sha256).hexdigest()[:20]


def _family(browser: str) -> str:
    words = browser.split()
    while len(words) > 1 and words[-1][0].isdigit():
        words.pop()
    return " ".join(words)
