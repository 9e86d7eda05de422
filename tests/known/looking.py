"""Everything that can be seen of a few customers, by their browsers and by technicians, in a form to compare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.test import Client, RequestFactory

from agents.models import Technician
from chat.models import Conversation, Event
from customers.models import AuditEntry, Link, Verdict, Vouch
from tests.support.indoors import WIDGET, Guest

#: That somebody was recognised, and that it was taken back, stays on record: it is the only trace that is meant.
RECORDS = (AuditEntry, Link, Vouch, Verdict)
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![\w-])[A-Z0-9]{3}-[A-Z0-9]{3}(?![\w-])")
SECRET = re.compile(r"RAPP(-[0-9A-Z*~$=]{5}){4}|rd1_[\w-]+|rl1_[\w-]+")


def everything(guests: Iterable[Guest], talks: Sequence[Any], *, names: dict[str, str] | None = None) -> str:
    """What browsers list and read, panels, rows, pages of the administration, counts and searches; as text.

    Without `talks` only what browsers see. With `names`, ids are replaced by numbers in the order in which they appear, so that two runs can be compared.
    """
    seen: dict[str, Any] = {}
    for number, guest in enumerate(guests):
        seen[f"browser {number}"] = _browser(guest)
    staff = Client()
    ana = Technician.objects.get(username="Ana")
    staff.force_login(ana)
    for number, talk in enumerate(talks):
        for what in ("", "/return-card", "/outcome-draft"):
            panel = staff.get(f"/api/v1/conversations/{talk}{what}").json()
            if "person" in panel:
                panel["person"]["customers"].sort()  # a set: ids grow with time
            seen[f"panel {number}{what}"] = panel
    if talks:
        seen["administration"] = _administration(ana)
    text = SECRET.sub("a secret", json.dumps(seen, indent=1, sort_keys=True, default=str))
    if names is None:
        return text
    return ID.sub(lambda found: names.setdefault(found[0], f"id {len(names)}"), text)


def reopen(guest: Guest) -> dict[str, Any]:
    """A new page in the same browser, with a fresh access token."""
    guest.session = guest.post("session", {"inbox": "demo"}).json()
    guest.http.defaults["HTTP_AUTHORIZATION"] = f"Bearer {guest.session['access_token']}"
    return dict(guest.session)


def _browser(guest: Guest) -> dict[str, Any]:
    session = reopen(guest)
    for secret in ("access_token", "device_token"):
        session.pop(secret)
    lists = guest.get("conversations")
    logs = {one["id"]: guest.get(f"conversations/{one['id']}/events") for one in lists["conversations"]}
    printed = [
        guest.http.post(
            f"{WIDGET}conversations/{one}/transcript", {}, content_type="application/json"
        ).content.decode()
        for one in logs
    ]
    return {
        "session": session,
        "list": lists,
        "logs": list(logs.items()),
        "printed": printed,
        "devices": guest.get("devices"),
    }


def _administration(ana: Technician) -> dict[str, Any]:
    request = RequestFactory().get("/admin/")
    request.user = Technician(username="ruth", is_staff=True, is_superuser=True)
    seen: dict[str, Any] = {}
    for model, page in admin.site._registry.items():
        if model in RECORDS:
            continue
        rows = page.get_queryset(request)
        if model is Event:
            rows = rows.exclude(kind="linked")
        seen[f"{model._meta.label} count"] = rows.count()
        for word in ("scan", "mara", "example.com") if page.search_fields else ():
            found, _ = page.get_search_results(request, rows, word)
            seen[f"{model._meta.label} {word}"] = [str(one) for one in found.distinct().order_by("pk")]
    seen["cases"] = Conversation.objects.count()
    return seen
