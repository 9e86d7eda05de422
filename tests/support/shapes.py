"""The shapes of the wire, written down once, so that a field too many or too few is seen wherever it appears."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

#: A test of one value: returns whether it is as it should be.
Check = Callable[[Any], bool]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def fits(value: object, shape: object, place: str = "it") -> None:
    """Raise AssertionError, naming the place, unless `value` has exactly this shape.

    A shape is a dict of shapes (exactly these keys), a list with one shape (each member; none:
    empty), a Check, or a value.
    """
    if isinstance(shape, dict):
        assert isinstance(value, dict), f"{place} is no object: {value!r}"
        assert value.keys() == shape.keys(), f"{place} has {sorted(value)}, not {sorted(shape)}"
        for key, inner in shape.items():
            fits(value[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{place} is no list: {value!r}"
        assert shape or not value, f"{place} is not empty: {value!r}"
        for number, member in enumerate(value):
            fits(member, shape[0], f"{place}[{number}]")
    elif isinstance(shape, Maybe):
        if value is not None:
            fits(value, shape.shape, place)
    elif callable(shape):
        assert shape(value), f"{place} is not {getattr(shape, '__name__', shape)}: {value!r}"
    else:
        assert value == shape, f"{place} is {value!r}, not {shape!r}"


class Maybe:
    """This shape, or null."""

    def __init__(self, shape: object) -> None:
        self.shape = shape


def an_id(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def a_time(value: Any) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def text(value: Any) -> bool:
    return isinstance(value, str)


def words(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def an_object(value: Any) -> bool:
    return isinstance(value, dict)


def one_of(*allowed: str) -> Check:
    def is_one(value: Any) -> bool:
        return value in allowed

    is_one.__name__ = f"one of {allowed}"
    return is_one


def case_code(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z0-9]{3}-[A-Z0-9]{3}", value) is not None


STATUS = one_of("waiting", "active", "resolved")
IDENTITY = one_of("anonymous", "device", "vouched", "proven", "signed")
AVAILABILITY = one_of("online", "away", "offline")
OUTCOME = {"problem": text, "cause": text, "fix": text, "state": one_of("unknown", "held", "failed")}

#: A conversation in its customer's list.
CONVERSATION = {
    "id": an_id,
    "case_code": case_code,
    "subject": text,
    "status": STATUS,
    "opened_at": a_time,
    "resolved_at": Maybe(a_time),
    "technician": Maybe({"name": words}),
    "last_seq": count,
    "read_seq": count,
    "seen_seq": count,
    "unread": count,
    "outcome": Maybe(OUTCOME),
    "ask_held": truth,
}
INBOX = {
    "key": words,
    "name": words,
    "greeting": text,
    "color": words,
    "open": truth,
    "opens_at": Maybe(a_time),
    "reply_time_seconds": Maybe(count),
    "technicians": [{"name": words, "avatar": Maybe(text)}],
}
SESSION = {
    "access_token": words,
    "expires_in": count,
    "device_token": Maybe(words),
    "returning": truth,
    "customer": Maybe({"id": an_id, "name": text, "identity": IDENTITY}),
    "inbox": INBOX,
    "conversations": [CONVERSATION],
    "epoch": an_id,
    "recovery": {"mailbox": truth, "resume_key": truth},
}
#: The body of every error over HTTP.
REFUSAL = {"code": words, "message": words, "fields": an_object, "retry": truth}

BY = {"kind": one_of("customer", "technician", "system"), "id": Maybe(an_id), "name": text}
MESSAGE = {"id": an_id, "client_id": words, "text": words, "attachments": [], "note": truth}
ASSIGNED = {
    "technician": Maybe({"id": an_id, "name": words}),
    "team": Maybe({"id": an_id, "name": words}),
}
RESOLVED = {"outcome": Maybe({**OUTCOME, "id": an_id, "applies_to": text})}
LINKED = {
    "action": one_of("linked", "unlinked", "not_me"),
    "customer": {"id": an_id, "name": text},
    "proof": text,
    "reason": text,
    "link": an_id,
    "expires_at": Maybe(words),
}
BODIES = {"message": MESSAGE, "assigned": ASSIGNED, "resolved": RESOLVED, "reopened": {"reason": text}}
BODIES["linked"] = LINKED

ACCEPTED = {
    "conversation": an_id,
    "client_id": words,
    "id": an_id,
    "seq": count,
    "created_at": a_time,
    "duplicate": truth,
}
READ = {"by": {"kind": BY["kind"], "id": an_id}, "seq": count}
PAGE = {"events": [lambda event: event_fits(event)], "last_seq": count, "more": truth, "reads": [READ]}

#: A conversation in a console's lists.
ROW = {
    "id": an_id,
    "case_code": case_code,
    "subject": text,
    "status": STATUS,
    "opened_at": a_time,
    "inbox": {"key": words, "name": words, "color": words},
    "resolved_at": Maybe(a_time),
    "customer": {"id": an_id, "name": words, "identity": IDENTITY},
    "waiting_since": Maybe(a_time),
    "urgent": truth,
    "technician": Maybe({"id": an_id, "name": words}),
    "team": Maybe({"id": an_id, "name": words}),
    "last_seq": count,
    "read_seq": count,
    "seen_seq": count,
    "unread": count,
    "returning": truth,
    "last": Maybe({"at": a_time, "by": {"kind": BY["kind"], "name": text}, "text": text, "note": truth}),
}
KNOWN = {
    *("browser", "os", "device", "page", "referrer", "locale", "time_zone", "screen", "product", "model"),
    *("serial", "app_version", "plan"),
}
IDENTIFIER = {"kind": words, "shown": words, "proof": words}
SIMILAR = {
    "conversation": an_id,
    "same_person": truth,
    **OUTCOME,
    "score": number,
    "outcome": an_id,
    "count": count,
    "held": count,
}
SUGGESTION = {
    "customer": an_id,
    "name": words,
    "score": number,
    "level": one_of("likely", "possible"),
    "reasons": [words],
    "last": Maybe(an_object),
    "identifiers": [IDENTIFIER],
    "questions": [{"ask": words, "expect": words}],
    "strong": truth,
}
CARD = {
    "returning": truth,
    "person": {"name": words, "identity": IDENTITY, "customers": [an_id]},
    "last": Maybe(
        {
            "conversation": an_id,
            "case_code": case_code,
            "outcome": an_id,
            "at": a_time,
            "technician": words,
            **OUTCOME,
            "environment": lambda known: known.keys() <= KNOWN,
        }
    ),
    "changed": [{"what": words, "from": words, "to": words}],
    "similar": [SIMILAR],
    "suggestions": [SUGGESTION],
    "promises": [
        {
            "id": an_id,
            "conversation": an_id,
            "text": words,
            "due_at": Maybe(a_time),
            "by": words,
            "at": a_time,
        }
    ],
    "links": [
        {
            "id": an_id,
            "customer": an_id,
            "name": words,
            "proof": words,
            "reason": text,
            "by": text,
            "at": a_time,
            "expires_at": Maybe(a_time),
        }
    ],
    "vouch": Maybe(
        {"id": an_id, "candidate": an_id, "name": words, "by": text, "at": a_time, "facts": [words]}
    ),
    "vouching": one_of("off", "technician", "second"),
    "conversations": [
        {
            "id": an_id,
            "case_code": case_code,
            "opened_at": a_time,
            "subject": text,
            "last_seq": count,
            "technician": Maybe(words),
            "outcome": lambda outcome: outcome == {} or outcome.keys() == OUTCOME.keys(),
        }
    ],
}
CONTEXT = {
    "type": "context",
    "conversation": an_id,
    "return_card": CARD,
    "environment": lambda known: known.keys() <= KNOWN and all(known.values()),
    "customer": {
        "id": an_id,
        "name": words,
        "identity": IDENTITY,
        "since": a_time,
        "identifiers": [{"kind": words, "value": words, "proof": words}],
    },
}


def event_fits(event: Any) -> bool:
    """Whether it is an event frame with the body of its kind; AssertionError says what is wrong."""
    body = event[event["kind"]]
    if event["kind"] == "resolved" and "resume_key" in body:  # told once, to the customer who is there
        assert re.fullmatch(r"RAPP(-[0-9A-Z*~$=]{5}){4}", body["resume_key"])
        event = {**event, "resolved": {name: body[name] for name in body if name != "resume_key"}}
    fits(
        event,
        {
            "type": "event",
            "conversation": an_id,
            "seq": count,
            "at": a_time,
            "by": BY,
            "kind": one_of(*BODIES),
            event["kind"]: BODIES[event["kind"]],
        },
        "event",
    )
    return True
