"""The way back through a mailbox, the old one or the new one: six digits, or a link, to whoever reads it.

Whether an address is known shows in nothing: the same rows are written, the same work is done.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac

from customers import audit
from customers.audit import Actor
from customers.models import Action, Customer, Device, Identifier, Inbox, MailCode, OneTimeLink, Proof
from customers.normal import Normal
from customers.scope import reach
from customers.services import one_time
from customers.services.arrival import device_of, settle
from customers.services.attempts import Allowance, allowed, forgive, hidden
from customers.services.grants import give, prove
from customers.services.links import link
from customers.visits import Visit

LIFE = timedelta(minutes=15)
TRIES = 5
DIGITS = 6

#: One mail a minute and twenty a day to an address, whoever asks: nobody's mailbox is filled through us. Whoever
#: has used the last one reads that mailbox, and need not wait.
A_MINUTE = Allowance("code", most=1, seconds=60)
A_DAY = Allowance("code-day", most=20, seconds=24 * 3600)
BY_BROWSER = Allowance("code-browser", most=10, seconds=3600)
BY_NETWORK = Allowance("code-network", most=60, seconds=3600)


class CodeRefused(Exception):
    """Wrong, old, used, another browser's, another inbox's, or too many tries: always the same to whoever asks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a mail has to say. `live` is False when none must go out; everything else is there all the same."""

    address: str
    code: str
    token: str
    live: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A mailbox that was proved: in which browser, whose, and which histories that opened."""

    device: Device
    token: str | None
    opened: frozenset[UUID]


def ask(*, inbox: Inbox, visit: Visit, address: Normal, actor: Actor, at: datetime) -> Asked:
    """A code and a link for this address, good for this browser and inbox; inside a transaction of the caller."""
    who = hidden(address.value)
    within = [allowed(A_MINUTE, who, at), allowed(A_DAY, who, at)]
    within.append(allowed(BY_BROWSER, str(visit.browser), at))
    within.append(allowed(BY_NETWORK, actor.place or "our own machine", at) or not actor.place)
    known = _holders(inbox, address.value).exists()
    live = known and all(within)
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    row = MailCode(
        inbox=inbox,
        browser=visit.browser,
        address=address.value,
        live=live,
        at=at,
        expires_at=at + LIFE,
    )
    row.code_hash = _hash(row, code)
    row.save(force_insert=True)
    token = one_time.new_link(OneTimeLink.Purpose.MAILBOX, at=at, life=LIFE, code=row)
    return Asked(address.value, code, token, live)


def enter(
    *,
    inbox: Inbox,
    visit: Visit,
    code: object,
    environment: dict[str, Any],
    actor: Actor,
    at: datetime,
) -> Opened:
    """The six digits came back: open what this mailbox proves. Raises CodeRefused.

    `environment` describes the browser, should it be a new one.

    A try is counted before it is looked at, so that of a thousand at once five are.
    """
    row = _waiting(inbox, visit, at)
    typed = "".join(code.split()) if isinstance(code, str) and len(code) <= 20 else ""
    if row is not None:
        counted = MailCode.objects.filter(pk=row.pk, tries__lt=TRIES, used_at=None)
        within = counted.update(tries=F("tries") + 1) == 1
        if within and hmac.compare_digest(_hash(row, typed), bytes(row.code_hash)) and row.live:
            return _open(row, visit, environment, actor, at)
    audit.refusal(Action.CODE_REFUSED, actor, at=at)
    raise CodeRefused


def may_try(*, inbox: Inbox, visit: Visit, at: datetime) -> bool:
    """Whether a code from this browser would be looked at at all; writes nothing, so that a storm costs little."""
    row = _waiting(inbox, visit, at)
    return row is not None and row.tries < TRIES


def follow(*, token: object, visit: Visit, environment: dict[str, Any], actor: Actor, at: datetime) -> Opened:
    """The link in the mail was opened in the browser that asked. Raises CodeRefused for any other."""
    found = one_time.peek(token, at)
    if found is None or found.purpose != OneTimeLink.Purpose.MAILBOX or found.code is None:
        raise CodeRefused
    if not found.code.live or found.code.browser not in _names(visit) or found.code.inbox_id != visit.inbox:
        raise CodeRefused
    if one_time.use(token, at) is None:
        raise CodeRefused
    return _open(found.code, visit, environment, actor, at)


def _waiting(inbox: Inbox, visit: Visit, at: datetime) -> MailCode | None:
    # One that was never sent counts tries like one that was, or a guess would tell which addresses are on file.
    asked = MailCode.objects.filter(inbox=inbox, browser__in=_names(visit), used_at=None, expires_at__gt=at)
    return asked.order_by("-live", "-at").first()


def _names(visit: Visit) -> set[UUID]:
    device = device_of(visit)
    return {visit.id, visit.browser} | ({device.pk, device.visit} if device else set())


def _open(row: MailCode, visit: Visit, environment: dict[str, Any], actor: Actor, at: datetime) -> Opened:
    if MailCode.objects.filter(pk=row.pk, used_at=None).update(used_at=at) != 1:
        raise CodeRefused  # of two that come at once, one is first
    OneTimeLink.objects.filter(code=row, used_at=None).update(used_at=at)
    forgive(A_MINUTE, hidden(row.address))
    proved = _holders(row.inbox, row.address).filter(proof__in=[Proof.PROVEN, Proof.SIGNED])
    theirs = list(
        Customer.objects.filter(pk__in=proved.values("customer"))
        .select_related("inbox")
        .order_by("-created_at")
    )
    # A mailbox that was only ever typed opens nothing by itself: it makes a technician's suggestion a strong one.
    device, token = settle(visit=visit, environment=environment, at=at, known=theirs[0] if theirs else None)
    own = device.customer
    evidence = f"a code sent to {row.address}"
    who = Actor("customer", own.pk, own.name, actor.place)
    prove(
        own,
        Identifier.Kind.EMAIL,
        value=row.address,
        shown=row.address,
        proof=Proof.PROVEN,
        at=at,
        evidence=evidence,
    )
    audit.record(Action.PROVEN, who, at=at, customer=own.pk, device=device.pk, reason=evidence)
    for customer in {own, *theirs}:
        give(device, customer, Proof.PROVEN, at=at, actor=who, evidence=evidence)
        if customer.pk != own.pk:
            link(own, customer, reason="The same mailbox was proved.", proof=Proof.PROVEN, by=who, at=at)
    return Opened(device, token, frozenset(customer.pk for customer in theirs))


def _holders(inbox: Inbox, address: str) -> QuerySet[Identifier]:
    return Identifier.objects.filter(reach(inbox, "customer__"), kind=Identifier.Kind.EMAIL, value=address)


def _hash(row: MailCode, code: str) -> bytes:
    # Keyed: a million codes are soon tried against a plain hash.
    return salted_hmac("rapport.mail-code", f"{row.pk}:{code}", algorithm="sha256").digest()
