"""Every frame a client may send, with fields that are right and, by the kind of each field, values that are wrong.

The tests compare these tables with the sockets' own: a frame without an entry here fails them.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from typing import Any

NUL, HALF = "a\0b", "\ud800"
NOT_TEXT: list[Any] = [True, 7, 1.5, ["x"], {"a": 1}]
NO_ID: list[Any] = [*NOT_TEXT, "", "x", NUL, HALF, "9" * 5000, [], {}]

Wrong = list[tuple[Any, str]]


def _all(code: str, *values: Any) -> Wrong:
    return [(value, code) for value in values]


#: Kind of field → (wrong value, code of the answer).
WRONG: dict[str, Wrong] = {
    "any": [],
    "text": [*_all("invalid", *NOT_TEXT, None, "", " \n", NUL, HALF), ("x" * 8001, "too_large")],
    "line": [*_all("invalid", *NOT_TEXT, NUL, HALF), ("x" * 9000, "too_large")],
    "claim": _all("invalid", *NOT_TEXT),
    "conversation": [(None, "invalid"), *_all("not_found", *NO_ID)],
    "client_id": _all("invalid", *NOT_TEXT, None, "", "x" * 65, NUL, HALF, "a\nb"),
    "number": _all("invalid", None, True, "1", 1.5, 1.0, [], {}, -1, 2**31, 10**30, "", NUL),
    "object": _all("invalid", True, 7, 1.5, "x", ["x"]),
    "choice": _all("invalid", *NOT_TEXT, None, [], {}, "other", "", NUL, HALF),
    "attachments": _all("invalid", ["x"], {"a": 1}, "x", 7, True),
    "token": _all("unauthenticated", *NOT_TEXT, None, "", "x", NUL, HALF, "x" * 5000),
}

MESSAGE = {"conversation": "conversation", "client_id": "client_id", "text": "text", "kind": "choice"}
#: Frame → field → kind. A dot leads into an object.
CUSTOMER: dict[str, dict[str, str]] = {
    "hello": {"token": "token", "cursors": "any"},
    "conversation.start": {
        "client_id": "client_id",
        "text": "text",
        "subject": "line",
        "product": "line",
        "about": "object",
        "about.email": "claim",
        "attachments": "attachments",
    },
    "about": dict.fromkeys(("name", "email", "phone", "order", "serial"), "claim"),
    "message.send": {**MESSAGE, "attachments": "attachments"},
    "sync": {"conversation": "conversation", "after": "number", "limit": "number"},
    "read": {"conversation": "conversation", "seq": "number"},
    "typing": {"conversation": "conversation", "active": "any", "preview": "any"},
    "ping": {},
}
CONSOLE: dict[str, dict[str, str]] = {
    "hello": {"cursors": "any"},
    "message.send": {**MESSAGE, "attachments": "attachments"},
    "conversation.claim": {"conversation": "conversation"},
    "conversation.release": {"conversation": "conversation"},
    "conversation.resolve": {
        "conversation": "conversation",
        "outcome": "object",
        "outcome.problem": "line",
        "outcome.cause": "line",
        "outcome.fix": "line",
        "outcome.applies_to": "line",
    },
    "conversation.reopen": {"conversation": "conversation", "reason": "line"},
    "sync": {"conversation": "conversation", "after": "number", "limit": "number"},
    "read": {"conversation": "conversation", "seq": "number"},
    "typing": {"conversation": "conversation", "active": "any"},
    "watch": {"conversation": "conversation"},
    "unwatch": {"conversation": "conversation"},
    "availability": {"state": "choice"},
    "ping": {},
}


def right(kind: str, *, conversation: str, token: str = "") -> Any:
    """A right value for a kind of field."""
    values: dict[str, Any] = {
        "any": {},
        "text": "hello",
        "line": "a line",
        "claim": None,
        "conversation": conversation,
        "client_id": str(uuid.uuid4()),
        "number": 1,
        "object": {},
        "choice": None,
        "attachments": [],
        "token": token,
    }
    return values[kind]


def frame_of(table: dict[str, dict[str, str]], kind: str, *, conversation: str) -> dict[str, Any]:
    """The fields of a frame that is right."""
    fields: dict[str, Any] = {}
    for name, of_kind in table[kind].items():
        if of_kind != "choice":
            put(fields, name, right(of_kind, conversation=conversation))
    if kind == "availability":
        fields["state"] = "online"
    return fields


def wrong_frames(
    table: dict[str, dict[str, str]], kind: str, *, conversation: str
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(field, fields with that one wrong, code of the answer)."""
    for name, of_kind in table[kind].items():
        for value, code in WRONG[of_kind]:
            fields = frame_of(table, kind, conversation=conversation)
            put(fields, name, copy.deepcopy(value))
            yield name, fields, code


def put(fields: dict[str, Any], name: str, value: Any) -> None:
    """Set a field; a dot leads into an object."""
    outer, _, inner = name.partition(".")
    if inner:
        fields.setdefault(outer, {})[inner] = value
    else:
        fields[outer] = value
