"""Whether a connection may be here, and whether it still may. Everything runs in database threads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.models import Technician
from chat.origins import allowed_by
from customers.models import Device, Grant, Inbox
from customers.prepared import first, prepared
from customers.selectors import Browser, browser_of_visit
from customers.visits import Visit

#: How far back beyond the look before a look for changes goes: for commits that take long, and for machines whose
#: clocks differ.
WINDOW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Entrance:
    """What a customer's hello comes to."""

    allowed: bool
    browser: Browser | None


def allowed_origins() -> frozenset[str]:
    """Where any inbox may be shown."""
    return frozenset().union(*Inbox.objects.values_list("allowed_origins", flat=True))


def enter(visit: Visit, origin: str | None, own_origin: str) -> Entrance:
    """Whether a page of `origin` may speak for this visit, and what its browser may see."""
    allowed = first(_allowed_origins(inbox=visit.inbox))
    if allowed is None or not allowed_by(allowed, origin, own_origin):
        return Entrance(False, None)
    return Entrance(True, browser_now(visit))


@prepared
def _allowed_origins(inbox: UUID) -> QuerySet[Inbox, Any]:
    return Inbox.objects.filter(pk=inbox).values_list("allowed_origins", flat=True)


def browser_now(visit: Visit) -> Browser | None:
    """What the visit's browser may see at this moment."""
    return browser_of_visit(visit, datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Changes:
    """Browsers that may see more or less than some seconds ago, and every moment at which that happened.

    `visits` are those in which a browser has begun to be somebody's; its sockets may not know yet.
    """

    devices: dict[UUID, set[datetime]]
    visits: dict[UUID, set[datetime]]

    def __bool__(self) -> bool:
        return bool(self.devices or self.visits)


def lately_changed(looked: datetime) -> Changes:
    """Every browser that was revoked, given a grant, or lost one since the look before and some seconds more."""
    now = datetime.now(UTC)
    since = min(looked, now) - WINDOW
    devices: dict[UUID, set[datetime]] = {}
    visits: dict[UUID, set[datetime]] = {}
    if not _any_changed(since, now):
        return Changes(devices, visits)

    def note(found: dict[UUID, set[datetime]], key: UUID, at: datetime | None) -> None:
        if at is not None:
            found.setdefault(key, set()).add(at)

    for device, at in (*_revoked(since=since), *_taken(since=since), *_ended(since=since, now=now)):
        note(devices, device, at)
    for device, visit, at in _given(since=since):
        note(devices, device, at)
        note(visits, visit, at)
    return Changes(devices, visits)


@prepared
def _revoked(since: datetime) -> QuerySet[Device, Any]:
    return Device.objects.filter(revoked_at__gt=since).values_list("id", "revoked_at")


@prepared
def _taken(since: datetime) -> QuerySet[Grant, Any]:
    return Grant.objects.filter(revoked_at__gt=since).values_list("device_id", "revoked_at")


@prepared
def _ended(since: datetime, now: datetime) -> QuerySet[Grant, Any]:
    ended = Grant.objects.filter(expires_at__gt=since, expires_at__lte=now)
    return ended.values_list("device_id", "expires_at")


@prepared
def _given(since: datetime) -> QuerySet[Grant, Any]:
    return Grant.objects.filter(at__gt=since).values_list("device_id", "device__visit", "at")


_ANY_CHANGED = """
SELECT EXISTS (SELECT 1 FROM customers_device WHERE revoked_at > %s)
    OR EXISTS (SELECT 1 FROM customers_grant WHERE revoked_at > %s)
    OR EXISTS (SELECT 1 FROM customers_grant WHERE at > %s)
    OR EXISTS (SELECT 1 FROM customers_grant WHERE expires_at > %s AND expires_at <= %s)
"""


def _any_changed(since: datetime, now: datetime) -> bool:
    """Whether there is anything to look for: asked every second, so in one statement and without the ORM."""
    moments = [connection.ops.adapt_datetimefield_value(at) for at in (since, since, since, since, now)]
    with connection.cursor() as cursor:
        cursor.execute(_ANY_CHANGED, moments)
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Standing:
    """A technician's session as it was when their socket came in."""

    technician: UUID
    name: str
    username: str
    session_key: str
    password: str


def standing_of(cookie_header: str | None) -> Standing | None:
    """The technician whose session cookie this is, or None."""
    try:
        cookies = SimpleCookie(cookie_header or "")
    except CookieError:
        return None
    cookie = cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie is None or not cookie.value.isalnum():
        return None
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    request = HttpRequest()
    request.session = store(cookie.value)
    user = get_user(request)
    if not isinstance(user, Technician) or not user.is_active:
        return None
    return Standing(user.id, user.shown_name, user.username, cookie.value, user.password)


def still_standing(standings: list[Standing]) -> set[Standing]:
    """Those whose session is still there, who were not disabled and whose password is the same."""
    keys = {one.session_key for one in standings}
    live = Session.objects.filter(session_key__in=keys, expire_date__gt=datetime.now(UTC))
    there = set(live.values_list("session_key", flat=True))
    people = Technician.objects.filter(pk__in={one.technician for one in standings}, is_active=True)
    passwords = dict(people.values_list("id", "password"))
    return {
        one for one in standings if one.session_key in there and passwords.get(one.technician) == one.password
    }
