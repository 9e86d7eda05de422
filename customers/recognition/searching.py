"""Who on file is worth comparing: a few hundred at most, from index lookups, the most telling agreements first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from customers.models import Identifier, Profile
from customers.prepared import prepared
from customers.recognition.common import Commonness
from customers.recognition.evidence import Evidence
from customers.recognition.fingerprints import (
    both_names_key,
    fact_key,
    name_and_fact_key,
    name_key,
    names_and_place_key,
    number_keys,
)
from customers.recognition.lookup import Parts, profiles_by_promise
from customers.recognition.names import readings

#: Profiles that are compared in full.
MOST = 80
#: Profiles read of one key.
MOST_A_KEY = 60
#: Words on file that stand for one word given; those agree best.
MOST_WORDS = 10
#: Names, and facts of a kind, that are looked for.
MOST_NAMES, MOST_FACTS = 3, 3
#: A word that so many have finds nobody by itself.
COMMON = 300
#: What a key from a number or an address promises.
NUMBER = 8.0


def holders(evidence: Evidence) -> dict[UUID, set[tuple[str, str, str]]]:
    """Customers who hold exactly an identifier that was given, each with (kind, value, proof)."""
    found: dict[UUID, set[tuple[str, str, str]]] = defaultdict(set)
    rows = _held(
        email={*evidence.emails, *evidence.proven},
        phone=set(evidence.phones),
        serial=set(evidence.serials),
        order=set(evidence.orders),
    )
    for customer, held, value, proof in rows:
        found[customer].add((str(held), value, proof))
    return found


@prepared
def _held(**values: Iterable[str]) -> QuerySet[Identifier, Any]:
    wanted = reduce(or_, (Q(kind=kind, value__in=some) for kind, some in values.items()))
    return Identifier.objects.filter(wanted).values_list("customer_id", "kind", "value", "proof")[:MOST]


def candidates(evidence: Evidence, common: Commonness, most: int) -> list[int]:
    """Numbers of the `most` profiles that share something telling, the most promising first."""
    return profiles_by_promise(_keys(evidence, common), MOST_A_KEY, most)


def _keys(evidence: Evidence, common: Commonness) -> dict[int, Parts]:
    """Each key to look up, with the agreements it stands for and their weights."""
    keys: dict[int, Parts] = {}
    worth: dict[int, float] = {}

    def add(key: int, total: float, parts: Parts) -> None:
        if key not in keys or worth[key] < total:
            keys[key], worth[key] = parts, total

    facts = _facts(evidence, common)
    for fact, (kind, weight, count) in facts.items():
        if count <= COMMON:
            add(fact_key(fact), weight, {kind: weight})
    places = [(fact, weight) for fact, (kind, weight, _) in facts.items() if kind == "place"][:4]
    for given, family in {pair for name in evidence.names[:MOST_NAMES] for pair in readings(name)}:
        ones, others = _names(common, given), _names(common, family)
        for words, part in ((ones, "given"), (others, "family")):
            for word, (weight, count) in words.items():
                if count <= COMMON:
                    add(name_key(word), weight, {part: weight})
                for fact, (kind, more, _) in facts.items():
                    add(name_and_fact_key(word, fact), weight + more, {part: weight, kind: more})
        for one, (weight, _) in ones.items():
            for other, (more, _) in others.items():
                add(both_names_key(one, other), weight + more, {"given": weight, "family": more})
        for one, (weight, _) in list(ones.items())[:5]:
            for other, (more, _) in list(others.items())[:5]:
                for place, most in places:
                    parts = {"given": weight, "family": more, "place": most}
                    add(names_and_place_key(one, other, place), weight + more + most, parts)
    numbers = number_keys(
        {
            "phone": list(evidence.phones[:3]),
            "email": list(evidence.emails[:3]),
            "serial": list(evidence.serials[:3]),
            "order": list(evidence.orders[:3]),
        }
    )
    for key in numbers:
        add(key, NUMBER, {"number": NUMBER})
    return keys


def _names(common: Commonness, word: str) -> dict[str, tuple[float, int]]:
    """Words on file that may be meant by a word of a name, whichever part it is, with weight and count."""
    found: dict[str, tuple[float, int]] = {}
    if word:
        for kind in ("given", "family"):
            for one in common.like(kind, word):
                weight = common.table.bits(kind, one.level)
                known = found.get(one.text, (weight, 0))
                found[one.text] = max(weight, known[0]), max(one.count, known[1])
    best = sorted(found.items(), key=lambda item: (-item[1][0], -item[1][1]))
    return dict(best[:MOST_WORDS])


def _facts(evidence: Evidence, common: Commonness) -> dict[str, tuple[str, float, int]]:
    found: dict[str, tuple[str, float, int]] = {}
    for kind in ("place", "product", "model"):
        for value in evidence.traits.get(kind, ())[:MOST_FACTS]:
            for one in common.like(kind, value)[:MOST_WORDS]:
                weight = common.table.bits(kind, one.level)
                if one.text not in found or found[one.text][1] < weight:
                    found[one.text] = kind, weight, one.count
    return found


def profiles_of(customers: Iterable[UUID]) -> list[int]:
    """The profiles of customers found otherwise."""
    return _numbers(customers=list(customers)[:MOST])


@prepared
def _numbers(customers: Iterable[UUID]) -> QuerySet[Profile, Any]:
    return Profile.objects.filter(customer__in=customers).values_list("id", flat=True)
