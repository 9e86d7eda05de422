"""Who it may be, looked for while the customer still waits: whoever takes the conversation finds it ready.

What was found is used once, soon, and only if the same would be asked again; else it is looked for anew. It is kept in
the memory of the process that stored the customer's words (docs/decisions/0026-looked-for-while-they-wait.md).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from uuid import UUID

from chat.recall.similar import Search
from customers.recognition import Evidence, Suggestion

#: Seconds for which it counts: who has come onto file since then is missed.
KEPT = 120.0
#: Conversations that wait with something found, some kilobytes each: the newest.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, for what was asked, until when it counts by `time.monotonic`."""

    asked: tuple[object, ...]
    suggestions: list[Suggestion]
    until: float


_found: OrderedDict[UUID, Found] = OrderedDict()
_lock = Lock()


def keep(conversation: UUID, evidence: Evidence, alike: Search, suggestions: list[Suggestion]) -> None:
    """These were suggested for a conversation."""
    with _lock:
        _found.pop(conversation, None)  # to the end
        _found[conversation] = Found(_asked(evidence, alike), suggestions, time.monotonic() + KEPT)
        while len(_found) > MOST:
            _found.popitem(last=False)


def take(conversation: UUID, evidence: Evidence, alike: Search) -> list[Suggestion] | None:
    """What was suggested for just this a short while ago; None where it has to be looked for, and the second time."""
    with _lock:
        found = _found.pop(conversation, None)
    if found is None or found.until < time.monotonic() or found.asked != _asked(evidence, alike):
        return None
    return found.suggestions


def _asked(evidence: Evidence, alike: Search) -> tuple[object, ...]:
    # Whose problems are like this one, not how like: that changes a little with every problem that is put on file.
    return replace(evidence, problems={}), frozenset(evidence.problems), alike.person, alike.scope
