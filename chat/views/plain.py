"""A short answer that needs no Django."""

from __future__ import annotations

from dataclasses import dataclass

from chat.wire import encode


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body."""

    status: int
    body: bytes
    content_type: str = "application/json"


def json_answer(status: int, value: object) -> Answer:
    """The same with a JSON body."""
    return Answer(status, encode(value).encode())
