"""What libraries say, without the values that they say it about."""

from __future__ import annotations

import linecache
import logging
import re

#: Our own rooms: what they write holds ids, numbers and codes, and is looked through by a test.
_OURS = {"access", "agents", "chat", "config", "customers"}
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[a-zA-Z]|%%")
#: Shorter words could stand in a library's source by chance.
_SHORTEST = 12


def words_of(record: logging.LogRecord) -> str:
    """The message of a record of ours; of a library's only what stands so in its source, and numbers.

    A library may log what it was handed: a header, a frame, the row a database refused, a path with an address in it.
    """
    if record.name.partition(".")[0] in _OURS:
        return record.getMessage()
    if record.args and isinstance(record.msg, str):
        return _filled(record.msg, record.args)
    words = str(record.msg)
    if len(words) >= _SHORTEST and words in "".join(linecache.getlines(record.pathname)):
        return words
    return f"(left out; {record.module}:{record.lineno})"


def _filled(template: str, values: object) -> str:
    given = list(values) if isinstance(values, tuple) else []

    def fill(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = given.pop(0) if given else None
        if isinstance(value, bool | int | float):
            return str(value)
        return f"({type(value).__name__})" if isinstance(value, BaseException) else "…"

    return _PLACEHOLDER.sub(fill, template)
