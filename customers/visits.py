"""Access tokens: short-lived, signed, naming one browser's visit. A visit has no row anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing

SALT = "rapport.visit.1"


@dataclass(frozen=True, slots=True)
class Visit:
    """What an access token says: which visit, to which inbox, from which device if that was known."""

    id: UUID
    inbox: UUID
    device: UUID | None = None


class TokenRefused(Exception):
    """The token is not ours, was changed, or is too old."""


#: How long a browser that lost an answer may come back to its visit.
LOST_ANSWER = timedelta(days=1)


def new_visit(inbox: UUID, device: UUID | None) -> Visit:
    """A visit that begins now."""
    return Visit(uuid4(), inbox, device)


def resumed_visit(token: object, inbox: UUID) -> Visit | None:
    """The visitor's visit that a browser goes on with after a lost answer; None when the token names none here."""
    try:
        visit = visit_of(token, max_age=LOST_ANSWER.total_seconds())
    except TokenRefused:
        return None
    return visit if visit.inbox == inbox and visit.device is None else None


def token_of(visit: Visit) -> str:
    """The access token of a visit, good for TOKEN_LIFE seconds."""
    parts = [visit.id.hex, visit.inbox.hex, visit.device.hex if visit.device else ""]
    return signing.TimestampSigner(salt=SALT).sign(".".join(parts))


def visit_of(token: object, *, max_age: float | None = None) -> Visit:
    """The visit that a token names, at most `max_age` seconds old (TOKEN_LIFE). Raises TokenRefused."""
    if not isinstance(token, str) or len(token) > 300:
        raise TokenRefused
    try:
        text = signing.TimestampSigner(salt=SALT).unsign(
            token, max_age=int(max_age or settings.RAPPORT["TOKEN_LIFE"])
        )
        visit, inbox, device = text.split(".")
        return Visit(UUID(visit), UUID(inbox), UUID(device) if device else None)
    except (signing.BadSignature, ValueError):
        raise TokenRefused from None
