"""What may stand in a field. The same checks for sockets and HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from chat.errors import Invalid, NotFound, TooLarge

#: No conversation has more events; larger numbers are somebody's experiment.
LARGEST_SEQ = 2_000_000_000


def text_in(given: Mapping[str, object], name: str = "text", *, limit: int | None = None) -> str:
    """The text of a field, not empty. Raises Invalid or TooLarge."""
    text = optional_text(given, name, limit=limit or settings.RAPPORT["TEXT_LIMIT"])
    if not text.strip():
        raise Invalid(fields={name: "Please write something."})
    return text


def optional_text(given: Mapping[str, object], name: str, *, limit: int) -> str:
    """The text of a field, "" when it is not there. Raises Invalid or TooLarge."""
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(fields={name: "This must be text."})
    if len(value) > limit:
        raise TooLarge(
            f"This is longer than {limit:,} characters.", fields={name: f"At most {limit:,} characters."}
        )
    if "\0" in value:
        raise Invalid(fields={name: "This holds a character that cannot be stored (NUL)."})
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(fields={name: "This holds half a character (a lone surrogate)."}) from None
    return value


def client_id_in(given: Mapping[str, object]) -> str:
    """The sender's own id of a message: 1 to 64 characters. Raises Invalid."""
    value = given.get("client_id")
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or not value.isprintable():
        raise Invalid(fields={"client_id": "Give 1 to 64 printable characters, best a UUID."})
    optional_text(given, "client_id", limit=64)
    return value


def conversation_in(given: Mapping[str, object]) -> UUID:
    """The conversation meant. Raises Invalid when none is named, NotFound when it cannot be one."""
    value = given.get("conversation")
    if value is None:
        raise Invalid(fields={"conversation": "Say which conversation."})
    try:
        return UUID(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, AttributeError):
        raise NotFound() from None


def whole_in(given: Mapping[str, object], name: str, *, default: int | None = None, least: int = 0) -> int:
    """A whole number from `least` on. Raises Invalid."""
    value = given.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST_SEQ:
        raise Invalid(fields={name: f"Give a whole number from {least} on."})
    return value


def no_attachments_in(given: Mapping[str, object]) -> None:
    """Refuse attachments, which this server does not take. Raises Invalid."""
    if given.get("attachments"):
        raise Invalid(fields={"attachments": "This server does not take attachments."})
