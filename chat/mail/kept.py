"""The mails that the demo has kept instead of sending, for its page."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from chat.models import Mail, MailState
from chat.wire import time_text

MOST_SHOWN = 200


def kept_mails() -> list[dict[str, Any]]:
    """`[{to, subject, text, at}]`, the newest first."""
    return [
        {"to": mail.to, "subject": mail.subject, "text": mail.text, "at": time_text(mail.at)}
        for mail in _kept()
    ]


def shown_mails() -> list[dict[str, Any]]:
    """The same for the page: `text` in parts, of which our own links can be clicked, and `at` as a time."""
    return [
        {"to": mail.to, "subject": mail.subject, "parts": _parts(mail.text), "at": mail.at, "kind": mail.kind}
        for mail in _kept()
    ]


def _kept() -> list[Mail]:
    return list(Mail.objects.filter(state=MailState.KEPT).order_by("-at", "-id")[:MOST_SHOWN])


def _parts(text: str) -> list[dict[str, str]]:
    """Only one-time links of ours are links: a transcript holds what anybody typed."""
    link = re.compile(rf"({re.escape(settings.PUBLIC_URL)}/link/#[\w-]+)")
    return [
        {"text": part, "href": part if number % 2 else ""}
        for number, part in enumerate(link.split(text))
        if part
    ]
