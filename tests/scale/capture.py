"""Every statement that the product runs, in whichever thread, with what it was doing then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db.backends.utils import CursorWrapper

#: Lists of values differ in length from call to call; the statement is the same.
_LIST = re.compile(r"\((?:%s|\(%s(?:, ?%s)*\))(?:, ?(?:%s|\(%s(?:, ?%s)*\)))*\)")
_OURS = re.compile(r'\b"?((?:chat|customers|agents)_[a-z_]+|django_session)"?')
_READS_OR_WRITES = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with the values of one time that it was run, and the deeds in which it was."""

    text: str
    values: Sequence[Any]
    deed: str

    @property
    def tables(self) -> set[str]:
        """The product's tables in it."""
        return set(_OURS.findall(self.text))

    def __str__(self) -> str:
        return f"{self.deed}: {' '.join(self.text.split())[:400]}"


class Recorder:
    """Keeps each different statement once for each deed. `during` names the deed."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], Statement] = {}
        self.deed = ""

    @contextmanager
    def during(self, deed: str) -> Iterator[None]:
        """What is run inside belongs to this deed."""
        self.deed = deed
        yield
        self.deed = ""

    @property
    def statements(self) -> list[Statement]:
        """All of them, each once for each deed."""
        return list(self.found.values())

    def note(self, text: object, values: object) -> None:
        """Keep it, if it is one of the product's."""
        if not self.deed or not isinstance(text, str) or not text.lstrip(" (").startswith(_READS_OR_WRITES):
            return
        if _OURS.search(text):
            given = list(values) if isinstance(values, list | tuple) else []
            self.found.setdefault((shape_of(text), self.deed), Statement(text, given, self.deed))


def shape_of(text: str) -> str:
    """The statement without what differs from call to call: the lengths of its lists."""
    plain = _LIST.sub("(?)", " ".join(text.split()))
    return plain.partition(" UNION ALL ")[0]


@contextmanager
def recording() -> Iterator[Recorder]:
    """Everything that goes through Django's cursors, from all threads, while this lasts."""
    recorder = Recorder()
    execute, executemany = CursorWrapper.execute, CursorWrapper.executemany

    def one(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        recorder.note(sql, params)
        return execute(self, sql, params)

    def many(self: CursorWrapper, sql: Any, param_list: Any) -> Any:
        rows = list(param_list)
        recorder.note(sql, rows[0] if rows else None)
        return executemany(self, sql, rows)

    with (
        mock.patch.object(CursorWrapper, "execute", one),
        mock.patch.object(CursorWrapper, "executemany", many),
    ):
        yield recorder
