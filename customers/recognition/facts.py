"""What is on file about one customer, as one small record: the values to compare, by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from customers.recognition.names import fold

#: Newest values of a kind that are compared; more would make work without telling more.
MOST_OF_A_KIND = 5
IDENTIFIERS = {"email": "email", "phone": "phone", "serial": "serial", "order": "order"}
#: Traits that are compared as words.
WORDS = frozenset({"place", "product", "model"})

Facts = dict[str, list[str]]


def facts_of(name: str, identifiers: Iterable[tuple[str, str]], traits: Iterable[tuple[str, str]]) -> Facts:
    """The record of a customer from their name, (kind, value) of identifiers and of traits, newest first."""
    found: Facts = {}
    if fold(name):
        found["name"] = [name]
    for kind, value in [*((IDENTIFIERS[k], v) for k, v in identifiers if k in IDENTIFIERS), *traits]:
        values = found.setdefault(kind, [])
        if value not in values and len(values) < MOST_OF_A_KIND:
            values.append(value)
    return found


def normal_trait(kind: str, shown: str) -> str:
    """A trait as it is compared: words folded, everything else without regard to case."""
    return (fold(shown) if kind in WORDS else shown.casefold())[:80]


def texts(facts: Mapping[str, Any], kind: str) -> list[str]:
    """The values of one kind; [] where a stored record has none."""
    values = facts.get(kind, [])
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
