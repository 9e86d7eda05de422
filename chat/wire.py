"""How values look on the wire: JSON text, times, ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson

from chat.errors import BadFrame


def encode(value: object) -> str:
    """JSON text of plain values and UUIDs."""
    return orjson.dumps(value).decode()


def decode(text: str) -> dict[str, Any]:
    """The JSON object in `text`.

    A lone surrogate passes here and is refused by the field that holds it, so that the answer can carry the
    frame's `ref`. Raises BadFrame for anything that is not one JSON object.
    """
    try:
        value = orjson.loads(text)
    except ValueError:
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise BadFrame() from None
    if not isinstance(value, dict):
        raise BadFrame()
    return value


def ref_of(frame: dict[str, Any]) -> object:
    """The frame's `ref` where it is a short text or a number; anything else is not echoed."""
    ref = frame.get("ref")
    if isinstance(ref, str):
        return ref if len(ref) <= 100 and ref.isprintable() else None
    return ref if isinstance(ref, int) and abs(ref) < 2**53 else None


def time_text(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no_constant(name: str) -> Any:
    raise ValueError(name)
