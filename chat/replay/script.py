"""Reads a file of recorded conversations, and refuses it as a whole when one line is broken."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from chat.replay.errors import BrokenFile, ReplayError

TEXT_LIMIT = 8_000  # characters in one message: the limit of the protocol
NAME_LIMIT = 200  # characters in an id or a name: far above any real one, and short in an error message

Side = Literal["customer", "technician"]


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it was written."""

    at: datetime
    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One recorded conversation; the first line is always the customer's."""

    id: str
    customer: str
    technician: str
    lines: tuple[Line, ...]


def read_talks(path: Path, limit: int | None = None) -> list[Talk]:
    """Every conversation of a JSON-lines file, in the file's order; with `limit` the first so many.

    The whole file is checked in any case, so that a run with a limit and a run without it agree on
    whether the file is good. Raises BrokenFile with the line's number, ReplayError for an unreadable or
    an empty file.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReplayError(f"cannot read {path}: {error.strerror}") from error
    talks: list[Talk] = []
    first_seen: dict[str, int] = {}
    for number, line in _lines(raw):
        try:
            talk = _talk(line)
            if talk.id in first_seen:
                raise _Wrong(f"the id {talk.id!r} stands on line {first_seen[talk.id]} already")
        except _Wrong as wrong:
            raise BrokenFile(str(path), number, str(wrong)) from None
        first_seen[talk.id] = number
        talks.append(talk)
    if not talks:
        raise ReplayError(f"{path} holds no conversation")
    return talks[:limit]


def chains(talks: list[Talk]) -> list[list[Talk]]:
    """The conversations by customer: whoever occurs again plays one after another, in the file's order."""
    by_customer: dict[str, list[Talk]] = {}
    for talk in talks:
        by_customer.setdefault(talk.customer, []).append(talk)
    return list(by_customer.values())


class _Wrong(Exception):
    """What is wrong with one line, in words."""


def _lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if line.strip():
            yield number, line


def _talk(line: bytes) -> Talk:
    try:
        # The standard parser and not a faster one: it reads a lone surrogate, so that we can name it.
        value = json.loads(line.decode())
    except UnicodeDecodeError:
        raise _Wrong("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Wrong(f"not JSON: {error.msg} at column {error.colno}") from None
    except (ValueError, RecursionError):
        raise _Wrong("not JSON that can be read: a number too long or nesting too deep") from None
    if not isinstance(value, dict):
        raise _Wrong("not an object")
    lines = value.get("messages")
    if not isinstance(lines, list) or not lines:
        raise _Wrong("`messages` is missing, empty or not a list")
    talk = Talk(
        id=_name(value, "id"),
        customer=_name(value, "customer"),
        technician=_name(value, "technician"),
        lines=tuple(_line(index, item) for index, item in enumerate(lines, start=1)),
    )
    if talk.lines[0].side != "customer":
        raise _Wrong("the first message is not by the customer")
    return talk


def _name(value: dict[str, Any], key: str) -> str:
    name = value.get(key)
    if not isinstance(name, str) or not name.strip():
        raise _Wrong(f"`{key}` is missing, empty or not a text")
    if len(name) > NAME_LIMIT:
        raise _Wrong(f"`{key}` is longer than {NAME_LIMIT} characters")
    _check_characters(name, f"`{key}`")
    return name


def _line(index: int, value: object) -> Line:
    where = f"message {index}"
    if not isinstance(value, dict):
        raise _Wrong(f"{where} is not an object")
    text, side = value.get("text"), value.get("from")
    if side not in ("customer", "technician"):
        raise _Wrong(f"{where}: `from` is neither customer nor technician")
    if not isinstance(text, str) or not text.strip():
        raise _Wrong(f"{where}: `text` is missing, empty or not a text")
    if len(text) > TEXT_LIMIT:
        raise _Wrong(f"{where}: `text` has {len(text)} characters, {TEXT_LIMIT} are allowed")
    _check_characters(text, f"{where}: `text`")
    return Line(at=_time(value.get("at"), where), side=cast(Side, side), text=text)


def _time(value: object, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None:
        raise _Wrong(f"{where}: `at` is missing or not an ISO 8601 time")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _check_characters(text: str, where: str) -> None:
    if "\0" in text:
        raise _Wrong(f"{where} contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Wrong(f"{where} contains half of a surrogate pair") from None
