"""A browser opens the widget: who it is, what it may see, and a short-lived token to speak with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from chat.errors import IdentityRefused, InboxUnknown, Invalid, OriginNotAllowed
from chat.origins import allowed_by
from chat.payloads.people import customer_shown, inbox_shown
from chat.queue.pace import technicians_here, usual_reply_seconds
from chat.selectors.lists import list_for_customer
from chat.services.visitors import remember_environment
from customers.environment import describe
from customers.selectors import browser_of, inbox_by_key
from customers.services.arrival import Resumed, resume
from customers.services.devices import device_by_token, seen
from customers.visits import new_visit, resumed_visit, token_of


@dataclass(frozen=True, slots=True)
class Asker:
    """What the connection says of the browser that asks."""

    origin: str | None
    own_origin: str
    user_agent: str
    headers: Mapping[str, str]
    device_cookie: str | None


def open_session(given: Mapping[str, object], asker: Asker) -> tuple[dict[str, Any], str | None]:
    """The session answer, and the device token to plant as a cookie (None: none held).

    A visitor who has never acted gets `customer: null`, and no row is written anywhere. One who sends the
    `access_token` of the visit before goes on with it: should they have begun a conversation whose answer never
    arrived, they find it. Raises InboxUnknown, OriginNotAllowed, IdentityRefused, Invalid.
    """
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
    if given.get("identity") is not None:
        raise IdentityRefused(reason="not_configured")

    now = datetime.now(UTC)
    place = describe(user_agent=asker.user_agent, hints=asker.headers, supplied=environment or {})
    columns = place.as_columns()
    held, device = token, device_by_token(token)
    if device is None:
        held, device = asker.device_cookie, device_by_token(asker.device_cookie)
    if device is not None and inbox.id != device.customer.inbox_id and _apart(inbox, device.customer.inbox):
        device = None
    resumed = Resumed()
    if device is None and (earlier := resumed_visit(given.get("access_token"), inbox.id)) is not None:
        resumed = resume(earlier)
        device, held = resumed.device, resumed.token
    browser = browser_of(device, now) if device is not None else None
    if device is not None and browser is not None:
        visit = new_visit(inbox.id, device.id)
    else:
        visit = resumed.visit or new_visit(inbox.id, None)
    remember_environment(visit, columns)
    if device is not None and browser is not None and resumed.token is None:
        seen(device, at=now, environment={"browser": place.browser, "os": place.os, "device": place.device})
    conversations = list_for_customer(browser.customers) if browser else []
    answer = {
        "access_token": token_of(visit),
        "expires_in": settings.RAPPORT["TOKEN_LIFE"],
        "device_token": resumed.token,
        "returning": bool(conversations),
        "customer": customer_shown(browser),
        "inbox": inbox_shown(inbox, technicians=technicians_here(), reply_seconds=usual_reply_seconds()),
        "conversations": conversations,
    }
    return answer, held if browser else None


def _apart(one: Any, other: Any) -> bool:
    return bool(one.separate or other.separate)
