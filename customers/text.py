"""Text that strangers supply, made safe to store and to show."""

from __future__ import annotations

import re

#: Control characters (tab and line breaks become spaces first), lone surrogates, which no database and no wire
#: can carry, and the marks that reverse the direction of everything printed after them.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_BLANK = re.compile(r"\s+")


def one_line(value: object, limit: int) -> str:
    """`value` as one trimmed line of at most `limit` characters; "" for anything that is not text. Never raises."""
    if not isinstance(value, str):
        return ""
    # Four times the limit leaves room for what is removed, and bounds the work on a huge text.
    text = _BLANK.sub(" ", value[: limit * 4])
    # Two spaces may have met where something between them was removed.
    return " ".join(_UNWANTED.sub("", text).split())[:limit].rstrip()
