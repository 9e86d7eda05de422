"""Inboxes and people as the widget's session shows them."""

from __future__ import annotations

from typing import Any

from customers.models import Inbox
from customers.selectors import Browser


def inbox_shown(
    inbox: Inbox, *, technicians: list[dict[str, Any]], reply_seconds: int | None
) -> dict[str, Any]:
    """What a visitor sees of an inbox before they say anything."""
    return {
        "key": inbox.key,
        "name": inbox.name,
        "greeting": inbox.greeting,
        "color": inbox.color,
        "open": True,
        "opens_at": None,
        "reply_time_seconds": reply_seconds,
        "technicians": technicians,
    }


def customer_shown(browser: Browser | None) -> dict[str, Any] | None:
    """The customer that a browser speaks as; None while it is a visitor's."""
    if browser is None:
        return None
    return {"id": str(browser.customer), "name": browser.name, "identity": browser.identity}
