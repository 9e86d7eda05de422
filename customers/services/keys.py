"""Resume keys: for whoever comes back with another browser and without the old mailbox.

`RAPP-XXXXX-XXXXX-XXXXX-XXXXX`: 19 random symbols of Crockford's base 32 (95 bits) and his check symbol
(https://www.crockford.com/base32.html), which tells a slip of the pen from a wrong key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Device, Grant, Inbox, Proof, ResumeKey
from customers.scope import reach
from customers.services.arrival import settle
from customers.services.attempts import Allowance, allowed, exhausted
from customers.services.grants import give, live
from customers.services.links import link
from customers.visits import Visit

PREFIX = "RAPP"
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECKS = SYMBOLS + "*~$=U"
LENGTH = 19
#: People misread these; Crockford's alphabet leaves them out for that.
_MISREAD = str.maketrans("OIL", "011")

#: Unused keys of one customer that are good at the same time.
MOST_KEYS = 10
TRIES = Allowance("key", most=5, seconds=15 * 60)
TRIES_OF_A_NETWORK = Allowance("key-network", most=60, seconds=15 * 60)


class KeyRefused(Exception):
    """Not a key, used, revoked, of another inbox, or too many tries: always the same to whoever asks."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A key that was right: whose history it opened, in which browser, and the key for the next time."""

    customer: UUID
    device: Device
    token: str | None
    new_key: str


def new_resume_key(customer: UUID, conversation: UUID | None, at: datetime) -> str:
    """A fresh key to this customer's history, given once.

    Earlier ones stay good, for the one that was printed in March is the one that is found in July; beyond
    `MOST_KEYS` the oldest end.
    """
    unused = ResumeKey.objects.filter(customer=customer, used_at=None, revoked_at=None).order_by("-made_at")
    surplus = list(unused.values_list("id", flat=True)[MOST_KEYS - 1 :])
    if surplus:
        ResumeKey.objects.filter(pk__in=surplus).update(revoked_at=at)
    symbols = "".join(secrets.choice(SYMBOLS) for _ in range(LENGTH))
    symbols += _check_symbol(symbols)
    ResumeKey.objects.create(
        customer_id=customer, conversation=conversation, key_hash=_hash(symbols), made_at=at
    )
    audit.record(Action.KEY_MADE, audit.RAPPORT, at=at, customer=customer, conversation=conversation)
    groups = [symbols[start : start + 5] for start in range(0, LENGTH + 1, 5)]
    return "-".join([PREFIX, *groups])


def may_have_key(customer: UUID, at: datetime) -> bool:
    """Whether a key may be told to every browser that now sees this customer.

    Not while one sees them on a technician's word alone: that may be taken back, and a key would outlive it.
    """
    return not Grant.objects.filter(live(at), customer=customer, proof=Proof.VOUCHED).exists()


def revoke_keys(customers: Iterable[UUID], *, actor: Actor, at: datetime) -> int:
    """End every key of these customers that nobody has used; how many that were."""
    unused = ResumeKey.objects.filter(customer__in=list(customers), used_at=None, revoked_at=None)
    return sum(revoke_key(key, actor=actor, at=at, reason="Ended by the customer.") for key in unused)


def revoke_key(key: ResumeKey, *, actor: Actor, at: datetime, reason: str) -> bool:
    """End one key; False when it was used or ended already."""
    if ResumeKey.objects.filter(pk=key.pk, used_at=None, revoked_at=None).update(revoked_at=at) != 1:
        return False
    audit.record(Action.REVOKED, actor, at=at, customer=key.customer_id, reason=reason, what="resume key")
    return True


def symbols_of(text: object) -> str | None:
    """The twenty symbols of a key as somebody typed it; None for what cannot be one."""
    if not isinstance(text, str) or len(text) > 100:
        return None
    plain = "".join(text.upper().split()).replace("-", "").replace("–", "")
    plain = plain.removeprefix(PREFIX) if len(plain) > LENGTH + 1 else plain
    body, check = plain[:LENGTH].translate(_MISREAD), plain[LENGTH:]
    if len(body) != LENGTH or any(c not in SYMBOLS for c in body):
        return None
    right = _check_symbol(body)
    return body + right if right in (check, check.translate(_MISREAD)) else None


def may_try(*, visit: Visit, text: object, actor: Actor, at: datetime) -> bool:
    """Whether a key from this browser would be looked at at all; writes nothing, so that a storm costs little."""
    if symbols_of(text) is None or exhausted(TRIES, str(visit.browser), at):
        return False
    return not (actor.place and exhausted(TRIES_OF_A_NETWORK, actor.place, at))


def use_key(
    *, inbox: Inbox, visit: Visit, text: object, environment: dict[str, Any], actor: Actor, at: datetime
) -> Resumed:
    """Open the history that this key stands for in the visit's browser, and give the key for the next time.

    Runs in a transaction of its own making by the caller. Raises KeyRefused; a slip of the pen is not counted as
    a try. The first of several that use it at once gets it.
    """
    symbols = symbols_of(text)
    if symbols is None:
        raise KeyRefused
    within = allowed(TRIES, str(visit.browser), at)
    if actor.place:
        within = allowed(TRIES_OF_A_NETWORK, actor.place, at) and within
    if not within:
        audit.refusal(Action.KEY_REFUSED, actor, at=at, reason="too many tries")
        raise KeyRefused
    key = (
        ResumeKey.objects.select_related("customer")
        .filter(reach(inbox, "customer__"), key_hash=_hash(symbols), used_at=None, revoked_at=None)
        .first()
    )
    if (
        key is None
        or ResumeKey.objects.filter(pk=key.pk, used_at=None, revoked_at=None).update(used_at=at) != 1
    ):
        audit.refusal(Action.KEY_REFUSED, actor, at=at, reason="not a key that is good")
        raise KeyRefused
    device, token = _open(key.customer, visit, environment, actor, at)
    ResumeKey.objects.filter(pk=key.pk).update(used_by=device)
    audit.record(Action.KEY_USED, actor, at=at, customer=key.customer_id, device=device.pk)
    return Resumed(key.customer_id, device, token, new_resume_key(key.customer_id, key.conversation, at))


def _open(
    customer: Customer, visit: Visit, environment: dict[str, Any], actor: Actor, at: datetime
) -> tuple[Device, str | None]:
    device, token = settle(visit=visit, environment=environment, at=at, known=customer)
    give(device, customer, Proof.DEVICE, at=at, actor=actor, evidence="resume key")
    if device.customer_id != customer.pk:
        link(
            device.customer, customer, reason="The resume key was shown.", proof=Proof.DEVICE, by=actor, at=at
        )
    return device, token


def _check_symbol(symbols: str) -> str:
    number = 0
    for symbol in symbols:
        number = number * 32 + SYMBOLS.index(symbol)
    return CHECKS[number % 37]


def _hash(symbols: str) -> bytes:
    return hashlib.sha256(f"{PREFIX}{symbols}".encode()).digest()
