"""The customer's ways back to their history, and the browsers that may open it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from chat.errors import CodeRefused, Invalid, KeyRefused, LinkRefused, NotFound
from chat.mail.outbox import queue_code
from chat.selectors.log import place_for_customer
from chat.services.sessions import Opened, answer, fresh_visit
from chat.services.visitors import client_of
from chat.wire import time_text
from customers import normal
from customers.audit import Actor, refusal
from customers.models import Action, Device, Inbox
from customers.selectors import Browser
from customers.services import browsers, keys, mailbox
from customers.services.keys import new_resume_key
from customers.visits import TokenRefused, Visit, visit_of

Answer = tuple[dict[str, Any], str | None]


def ask_mailbox(*, visit: Visit, given: Mapping[str, object], actor: Actor) -> None:
    """Send a code and a link to this address, if it is one that may be sent to; nothing tells whether it was.

    Raises Invalid for what cannot be an address.
    """
    try:
        address = normal.email(given.get("email"))
    except ValueError as error:
        raise Invalid(fields={"email": str(error)}) from None
    inbox, now = _inbox(visit), datetime.now(UTC)
    with transaction.atomic():
        asked = mailbox.ask(inbox=inbox, visit=visit, address=address, actor=actor, at=now)
        queue_code(asked.address, asked.code, asked.token, inbox, now, asked.live)


def enter_code(*, visit: Visit, given: Mapping[str, object], actor: Actor) -> Answer:
    """The digits from the mail: the session as it is from now on, and the token to keep. Raises CodeRefused."""
    inbox, now = _inbox(visit), datetime.now(UTC)
    if not mailbox.may_try(inbox=inbox, visit=visit, at=now):
        refusal(Action.CODE_REFUSED, actor, at=now, reason="nothing asked for, or too many tries")
        raise CodeRefused()
    with transaction.atomic():
        try:
            opened = mailbox.enter(
                inbox=inbox,
                visit=visit,
                code=given.get("code"),
                environment=client_of(visit),
                actor=actor,
                at=now,
            )
        except mailbox.CodeRefused:
            opened = None  # inside the transaction: the try is counted
    if opened is None:
        raise CodeRefused()
    return _session(inbox, opened.device, opened.token, now)


def open_by_link(*, token: object, asked_in: object, actor: Actor) -> str | None:
    """The link from the mail, followed in the browser that asked; the device token to keep, if a new one was made.

    `asked_in` is the access token that the browser kept when it asked. Raises LinkRefused.
    """
    now = datetime.now(UTC)
    try:
        visit = visit_of(asked_in)
    except TokenRefused:
        raise LinkRefused("Type the six digits into the window where you asked for them.") from None
    with transaction.atomic():
        try:
            opened = mailbox.follow(
                token=token, visit=visit, environment=client_of(visit), actor=actor, at=now
            )
        except mailbox.CodeRefused:
            opened = None
    if opened is None:
        raise LinkRefused("Type the six digits into the window where you asked for them.")
    return opened.token


def use_resume_key(*, visit: Visit, given: Mapping[str, object], actor: Actor) -> Answer:
    """A resume key: the session as it is from now on, with `new_resume_key`. Raises KeyRefused."""
    inbox, now = _inbox(visit), datetime.now(UTC)
    if not keys.may_try(visit=visit, text=given.get("key"), actor=actor, at=now):
        if keys.symbols_of(given.get("key")) is not None:  # a slip of the pen is nobody's attempt
            refusal(Action.KEY_REFUSED, actor, at=now, reason="too many tries")
        raise KeyRefused()
    with transaction.atomic():
        try:
            used = keys.use_key(
                inbox=inbox,
                visit=visit,
                text=given.get("key"),
                environment=client_of(visit),
                actor=actor,
                at=now,
            )
        except keys.KeyRefused:
            used = None  # inside the transaction: the try is counted
    if used is None:
        raise KeyRefused()
    return _session(inbox, used.device, used.token, now, new_resume_key=used.new_key)


def hand_out_key(*, browser: Browser, conversation: UUID) -> str:
    """A resume key for whoever holds this conversation's history by more than a technician's word.

    Raises NotFound for any other conversation.
    """
    place = place_for_customer(browser.customers, conversation)
    if place.customer not in browsers.held_firmly(browser.device, datetime.now(UTC)):
        raise NotFound()
    with transaction.atomic():
        return new_resume_key(place.customer, conversation, datetime.now(UTC))


def list_devices(browser: Browser) -> list[dict[str, Any]]:
    """The browsers that may open this history, this one first, then the latest seen."""
    now = datetime.now(UTC)
    rows = [
        {
            "id": str(device.pk),
            "browser": str(device.environment.get("browser") or ""),
            "os": str(device.environment.get("os") or ""),
            "device": str(device.environment.get("device") or ""),
            "first_seen": time_text(device.first_seen),
            "last_seen": time_text(device.last_seen),
            "current": device.pk == browser.device,
            "proof": proof,
        }
        for device, proof in browsers.seeing(browser.device, now)
    ]
    return sorted(rows, key=lambda row: (row["current"], row["last_seen"]), reverse=True)


def sign_out(*, browser: Browser, device: UUID, actor: Actor) -> bool:
    """That browser opens this history no more; whether it is the asking one. Raises NotFound for any other."""
    now = datetime.now(UTC)
    with transaction.atomic():
        if not browsers.sign_out(browser.device, device, actor=actor, at=now):
            raise NotFound()
    return device == browser.device


def forget_keys(*, browser: Browser, actor: Actor) -> None:
    """End every unused resume key to what this browser holds by more than a technician's word."""
    with transaction.atomic():
        browsers.forget_keys(browser.device, actor=actor, at=datetime.now(UTC))


def _session(inbox: Inbox, device: Device, token: str | None, at: datetime, **extra: Any) -> Answer:
    # Read anew: what was just opened stands in the database, and the name may be another one.
    found = Device.objects.select_related("customer__inbox").get(pk=device.pk)
    return answer(inbox, Opened(fresh_visit(inbox, found), found, token, token, extra), at)


def _inbox(visit: Visit) -> Inbox:
    inbox = Inbox.objects.filter(pk=visit.inbox).first()
    if inbox is None:
        raise NotFound()
    return inbox
