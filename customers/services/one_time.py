"""Links in mails: good once, for one thing, until a moment. Only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from customers.models import OneTimeLink

PREFIX = "rl1_"


def new_link(purpose: str, *, at: datetime, life: timedelta, **what: Any) -> str:
    """Keep a link for `purpose` and give its token, once. `what`: code, identifier, link, conversation."""
    token = PREFIX + secrets.token_urlsafe(32)
    OneTimeLink.objects.create(purpose=purpose, token_hash=_hash(token), at=at, expires_at=at + life, **what)
    return token


def peek(token: object, at: datetime) -> OneTimeLink | None:
    """The link that this token still opens, None for anything else. Changes nothing: mail programs look ahead."""
    if not isinstance(token, str) or not token.startswith(PREFIX) or len(token) > 100:
        return None
    return (
        OneTimeLink.objects.select_related("code", "identifier__customer", "link")
        .filter(token_hash=_hash(token), used_at=None, expires_at__gt=at)
        .first()
    )


def use(token: object, at: datetime) -> OneTimeLink | None:
    """The same, and from now on it opens nothing. Of several at once, one gets it."""
    found = peek(token, at)
    if found is None or OneTimeLink.objects.filter(pk=found.pk, used_at=None).update(used_at=at) != 1:
        return None
    return found


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
