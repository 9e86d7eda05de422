"""A browser opens the widget: who it is, what it may see, and a short-lived token to speak with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from chat.errors import IdentityRefused, InboxUnknown, Invalid, OriginNotAllowed
from chat.origins import allowed_by
from chat.payloads.people import customer_shown, inbox_shown
from chat.queue.pace import technicians_here, usual_reply_seconds
from chat.selectors.lists import list_for_customer
from chat.services.epoch import current_epoch
from chat.services.visitors import remember_environment
from customers.audit import Actor, network_of
from customers.environment import describe
from customers.models import Device, Inbox
from customers.scope import apart
from customers.selectors import browser_of, inbox_by_key
from customers.services import logins, signed
from customers.services.arrival import Resumed, device_of, resume
from customers.services.devices import held_device, rotated, seen
from customers.services.signed import SignatureRefused, Signed
from customers.visits import LOST_ANSWER, TokenRefused, Visit, new_visit, resumed_visit, token_of, visit_of


@dataclass(frozen=True, slots=True)
class Asker:
    """What the connection says of the browser that asks."""

    origin: str | None
    own_origin: str
    user_agent: str
    headers: Mapping[str, str]
    device_cookie: str | None
    address: str = ""

    def actor(self) -> Actor:
        """The asker as the audit log knows them before anything is proved."""
        return Actor("customer", place=network_of(self.address))


@dataclass(slots=True)
class Opened:
    """Who the browser turned out to be.

    `told`: a device token that the page is told of because it is new. `held`: the one to keep as a cookie.
    """

    visit: Visit
    device: Device | None = None
    told: str | None = None
    held: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def open_session(given: Mapping[str, object], asker: Asker) -> tuple[dict[str, Any], str | None]:
    """The session answer, and the device token to plant as a cookie (None: none held).

    A visitor who has never acted gets `customer: null`, and no row is written anywhere. One who sends the
    `access_token` of the visit before goes on with it: should they have begun a conversation whose answer never
    arrived, they find it. With an `identity` signed by the host site, the person it names is shown and nobody else,
    whoever has used this browser. Raises InboxUnknown, OriginNotAllowed, IdentityRefused, Invalid.
    """
    inbox = _inbox(given, asker)
    now, actor = datetime.now(UTC), asker.actor()
    environment = given.get("environment")
    place = describe(
        user_agent=asker.user_agent,
        hints=asker.headers,
        supplied=environment if isinstance(environment, dict) else {},
    )
    held = held_device([given.get("device_token"), asker.device_cookie], now, actor)
    if held is not None and apart(inbox, held[0].customer.inbox):
        held = None
    client = {"browser": place.browser, "os": place.os, "device": place.device}
    if given.get("identity") is not None:
        person = _checked(inbox, given["identity"], now, actor)
        opened = _as_signed(inbox, person, held, given.get("access_token"), client, actor, now)
    else:
        earlier = given.get("access_token")
        opened = _still_signed(inbox, held, earlier, now) or _as_held(inbox, held, earlier, now)
    remember_environment(opened.visit, place.as_columns())
    if opened.device is not None and opened.told is None:
        seen(opened.device, at=now, environment=client)
    return answer(inbox, opened, now)


def answer(inbox: Inbox, opened: Opened, at: datetime) -> tuple[dict[str, Any], str | None]:
    """The session answer of a browser, and the token to keep as a cookie."""
    epoch = current_epoch()  # first: what is read after it is at least as new
    browser = browser_of(opened.device, at, inbox.id) if opened.device is not None else None
    conversations = list_for_customer(browser.customers) if browser else []
    shown = {
        "access_token": token_of(opened.visit),
        "expires_in": settings.RAPPORT["TOKEN_LIFE"],
        "device_token": opened.told,
        "returning": bool(conversations),
        "customer": customer_shown(browser),
        "inbox": inbox_shown(inbox, technicians=technicians_here(), reply_seconds=usual_reply_seconds()),
        "conversations": conversations,
        "epoch": epoch,
        "recovery": {"mailbox": settings.DEMO or settings.MAIL_SERVER, "resume_key": True},
        **opened.extra,
    }
    return shown, opened.held


def _inbox(given: Mapping[str, object], asker: Asker) -> Inbox:
    key, environment, token = given.get("inbox"), given.get("environment"), given.get("device_token")
    if not isinstance(key, str):
        raise Invalid(fields={"inbox": "Give the inbox's key."})
    if environment is not None and not isinstance(environment, dict):
        raise Invalid(fields={"environment": "This must be an object."})
    if token is not None and not isinstance(token, str):
        raise Invalid(fields={"device_token": "This must be text."})
    inbox = inbox_by_key(key)
    if inbox is None:
        raise InboxUnknown()
    if not allowed_by(inbox.allowed_origins, asker.origin, asker.own_origin):
        raise OriginNotAllowed()
    return inbox


def _checked(inbox: Inbox, token: object, at: datetime, actor: Actor) -> Signed:
    try:
        return signed.check(inbox, token, at=at, actor=actor)
    except SignatureRefused as refused:
        raise IdentityRefused(reason=refused.reason) from None


def _still_signed(
    inbox: Inbox, held: tuple[Device, str] | None, earlier: object, at: datetime
) -> Opened | None:
    """A visit that the host site has signed for goes on as that person's when the page renews it: without this, the
    one who used the browser before would come back onto the screen. None where no such visit is shown."""
    try:
        visit = visit_of(earlier, max_age=LOST_ANSWER.total_seconds())
    except TokenRefused:
        return None
    base, shown = held if held is not None else (None, None)
    device = device_of(visit)
    if visit.inbox != inbox.id or (visit.device is None and not visit.signed):
        return None
    if device is None:
        same = visit.signed and visit.beside == (base.pk if base is not None else None)
        return Opened(visit, held=shown) if same else None
    beside = base is not None and device.beside_id == base.pk
    if not beside or browser_of(device, at, inbox.id) is None:
        return None
    return Opened(new_visit(inbox.id, device.id), device, held=shown)


def _as_held(inbox: Inbox, held: tuple[Device, str] | None, earlier: object, at: datetime) -> Opened:
    """Nobody signs: the browser is whose device token it holds, else a visitor's."""
    if held is not None:
        device, shown = held
        if browser_of(device, at, inbox.id) is None:
            return Opened(new_visit(inbox.id, None))
        new = rotated(device, shown, at)
        return Opened(new_visit(inbox.id, device.id), device, new, new or shown)
    visit = resumed_visit(earlier, inbox.id)
    resumed = resume(visit) if visit is not None else Resumed()
    if resumed.device is not None and browser_of(resumed.device, at, inbox.id) is not None:
        return Opened(new_visit(inbox.id, resumed.device.id), resumed.device, resumed.token, resumed.token)
    return Opened(resumed.visit or new_visit(inbox.id, None))


def _as_signed(
    inbox: Inbox,
    person: Signed,
    held: tuple[Device, str] | None,
    earlier: object,
    client: dict[str, str],
    actor: Actor,
    at: datetime,
) -> Opened:
    """The host site names a person: that one, and nobody else who has used this browser."""
    base, shown = held if held is not None else (None, None)
    with transaction.atomic():
        found = logins.log_in(
            inbox=inbox, person=person, base=base, earlier=earlier, environment=client, actor=actor, at=at
        )
    if found is None:
        beside = base.pk if base is not None else None
        return Opened(new_visit(inbox.id, None, beside=beside, signed=person.facts()), held=shown)
    device, made = found
    if base is None:
        return Opened(new_visit(inbox.id, device.id), device, made, made)
    own = device.pk == base.pk
    assert shown is not None
    new = rotated(base, shown, at) if own else None
    return Opened(new_visit(inbox.id, device.id), device, new, new or shown)


def fresh_visit(inbox: Inbox, device: Device) -> Visit:
    """A visit of a device that something was just opened to."""
    return Visit(uuid4(), inbox.id, device.pk)
