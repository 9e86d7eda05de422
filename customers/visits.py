"""Access tokens: short-lived, signed, naming one browser's visit. A visit has no row anywhere."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing

SALT = "rapport.visit.2"
LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Visit:
    """What an access token says: which visit, to which inbox, from which device if that was known.

    `beside`: the device of somebody else at the same computer, while the host site's signature speaks for another
    person. `signed`: whom it speaks for, while that person is not on file (see `customers.services.signed`).
    """

    id: UUID
    inbox: UUID
    device: UUID | None = None
    beside: UUID | None = None
    signed: str = ""

    @property
    def browser(self) -> UUID:
        """What tells this browser from others as long as its visits go on: its device, else the visit."""
        return self.device or self.id

    def facts(self) -> dict[str, Any]:
        """What the host site signed of a person who is not on file yet."""
        return dict(json.loads(self.signed)) if self.signed else {}


class TokenRefused(Exception):
    """The token is not ours, was changed, or is too old."""


#: How long a browser that lost an answer may come back to its visit.
LOST_ANSWER = timedelta(days=1)


def new_visit(
    inbox: UUID, device: UUID | None, *, beside: UUID | None = None, signed: dict[str, Any] | None = None
) -> Visit:
    """A visit that begins now."""
    return Visit(uuid4(), inbox, device, beside, json.dumps(signed) if signed else "")


def resumed_visit(token: object, inbox: UUID) -> Visit | None:
    """The visitor's visit that a browser goes on with after a lost answer; None when the token names none here."""
    try:
        visit = visit_of(token, max_age=LOST_ANSWER.total_seconds())
    except TokenRefused:
        return None
    return visit if visit.inbox == inbox and visit.device is None and not visit.signed else None


def token_of(visit: Visit) -> str:
    """The access token of a visit, good for TOKEN_LIFE seconds."""
    parts = [visit.id.hex, visit.inbox.hex, *(one.hex if one else "" for one in (visit.device, visit.beside))]
    parts.append(base64.urlsafe_b64encode(visit.signed.encode()).decode().rstrip("="))
    return signing.TimestampSigner(salt=SALT).sign(".".join(parts))


def visit_of(token: object, *, max_age: float | None = None) -> Visit:
    """The visit that a token names, at most `max_age` seconds old (TOKEN_LIFE). Raises TokenRefused."""
    if not isinstance(token, str) or len(token) > LONGEST:
        raise TokenRefused
    try:
        text = signing.TimestampSigner(salt=SALT).unsign(
            token, max_age=int(max_age or settings.RAPPORT["TOKEN_LIFE"])
        )
        visit, inbox, device, beside, signed = text.split(".")
        return Visit(
            UUID(visit),
            UUID(inbox),
            UUID(device) if device else None,
            UUID(beside) if beside else None,
            base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4)).decode(),
        )
    except (signing.BadSignature, ValueError):
        raise TokenRefused from None
