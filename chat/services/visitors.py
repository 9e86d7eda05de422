"""What is known of a visit before the visitor acts: where they are, what they said. Never a row in the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from chat.memory import keep, recall
from customers.environment import Surroundings, describe
from customers.visits import Visit


def remember_environment(visit: Visit, environment: dict[str, Any]) -> None:
    """Keep where this visit is (the columns of a snapshot), as long as its token may live."""
    keep(f"visit:{visit.id}:environment", environment, 2 * settings.RAPPORT["TOKEN_LIFE"])


def environment_of(visit: Visit, user_agent: str) -> dict[str, Any]:
    """Where this visit is, as columns of a snapshot; from the user agent alone if nothing else is known."""
    kept: dict[str, Any] | None = recall(f"visit:{visit.id}:environment")
    return kept or describe(user_agent=user_agent, hints={}, supplied={}).as_columns()


def client_of(visit: Visit, user_agent: str = "") -> dict[str, Any]:
    """The browser of this visit in three words: `{browser, os, device}`."""
    known = environment_of(visit, user_agent)
    return {name: known.get(name, "") for name in ("browser", "os", "device")}


def remember_claims(visit: Visit, claims: dict[str, str]) -> None:
    """Keep what a visitor said of themselves until they act."""
    key = f"visit:{visit.id}:claims"
    keep(key, {**(recall(key) or {}), **claims}, 2 * settings.RAPPORT["TOKEN_LIFE"])


def claims_of(visit: Visit) -> dict[str, str]:
    """What a visitor said before they acted."""
    kept: dict[str, str] | None = recall(f"visit:{visit.id}:claims")
    return kept or {}


def with_product(environment: dict[str, Any], product: str) -> dict[str, Any]:
    """The snapshot with the product that the customer named when they began."""
    if not product:
        return environment
    known = Surroundings.from_columns(environment)
    return {**environment, "supplied": {**known.extra, "product": product}}
