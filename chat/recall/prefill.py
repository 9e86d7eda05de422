"""The outcome of a conversation, drafted from its own words for the technician to confirm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from chat.recall import phrases
from customers.environment import Surroundings

PROBLEM_LIMIT = 200
CAUSE_LIMIT = 300
FIX_LIMIT = 2000
APPLIES_LIMIT = 200

Line = tuple[str, str, bool]

_NUMBER = re.compile(r"\s*(?:step\s+)?([0-9٠-٩]{1,2})\s*[.):\-]\s+", re.IGNORECASE)
_BULLET = re.compile(r"\s*[-*•–]\s+")
_INLINE_NUMBER = re.compile(r"(?<=\S)[ \t]+(?=(?:[1-9]|1[0-9])[.)]\s+\S)")
_LINK = re.compile(r"https?://\S+")
_SENTENCE_END = re.compile(r"(?<=[.!?؟…])[\"'”»)]*\s+")


class OutcomeDraft(TypedDict):
    """The four fields of an outcome; "" where the conversation does not say."""

    problem: str
    cause: str
    fix: str
    applies_to: str


def draft_outcome(
    *,
    events: Iterable[Line],
    environment: Surroundings | Mapping[str, Any] | None,
    last_outcome: Mapping[str, Any] | None = None,
) -> OutcomeDraft:
    """What the problem was, why, what fixed it and where, as far as the conversation says it.

    `events`: (author kind, text, note?) in order. `environment`: the conversation's snapshot or its columns.
    `last_outcome`: the customer's earlier outcome; where the same fix was given again, its words fill the gaps.
    """
    lines = [(kind, text, note) for kind, text, note in events if kind in {"customer", "technician"} and text]
    fix = _fix(lines)
    problem, cause = _problem(lines), _cause(lines)
    if last_outcome and fix and _alike(fix, str(last_outcome.get("fix") or "")):
        cause = cause or str(last_outcome.get("cause") or "")
        if not problem or phrases.SAME_AGAIN.search(problem):
            problem = str(last_outcome.get("problem") or "") or problem
    return {
        "problem": _cut(problem, PROBLEM_LIMIT),
        "cause": _cut(cause, CAUSE_LIMIT),
        "fix": fix[:FIX_LIMIT].rstrip(),
        "applies_to": _applies_to(environment),
    }


def _problem(lines: Sequence[Line]) -> str:
    """The customer's first sentence that names the trouble, with the next one where it goes on about it."""
    said = [_describing(text) for kind, text, note in lines if kind == "customer" and not note]
    for message in said:
        for place, sentence in enumerate(message):
            if phrases.TROUBLE.search(sentence):
                both = " ".join(message[place : place + 2])
                goes_on = all(phrases.TROUBLE.search(one) for one in message[place + 1 : place + 2])
                return both if goes_on and len(both) <= PROBLEM_LIMIT else sentence
    return next((message[0] for message in said if message), "")


def _describing(text: str) -> list[str]:
    found = []
    for sentence in _sentences(text):
        rest = phrases.GREETING.sub("", sentence, count=1).strip()
        if rest.endswith(("?", "؟")) or phrases.SMALL_TALK.match(rest):
            continue
        troubled = phrases.TROUBLE.search(rest)
        if len(rest.split()) >= (2 if troubled else 3) and (troubled or not phrases.WORKS.search(rest)):
            found.append(rest[0].upper() + rest[1:])
    return found


def _cause(lines: Sequence[Line]) -> str:
    """The technician's last sentence that says why, without its lead-in; understanding grows as they talk."""
    for kind, text, _note in reversed(lines):
        if kind == "technician":
            for sentence in reversed(_sentences(text)):
                found = _cause_in(sentence)
                if found:
                    return found
    return ""


def _cause_in(sentence: str) -> str:
    if sentence.endswith(("?", "؟")) or phrases.NO_CAUSE.search(sentence):
        return ""
    for lead in phrases.CAUSE_LEADS:
        found = lead.search(sentence)
        if found:
            reason = sentence[found.end() :]
            if not sentence[: found.start()].strip() and "because" in found[0].lower():
                reason = reason.split(",")[0]  # "Because it blocks the control, nothing happens."
            if len(reason.split()) >= 2:
                return reason[0].upper() + reason[1:]
    return sentence if phrases.CAUSE_WHOLE.search(sentence) else ""


def _fix(lines: Sequence[Line]) -> str:
    """The steps given last, over as many messages as they took. Steps that did not help are not the fix."""
    given: list[str] = []
    failed = False
    for kind, text, note in lines:
        if note:
            continue
        if kind == "customer":
            # "Still nothing" right after a question is an answer; only after steps does it judge them.
            if given and _says_broken(text):
                failed = True
            elif phrases.WORKS.search(text):
                failed = False
            continue
        steps = _steps(text)
        if steps:
            listed = any(_number(row) for row in _rows(given))
            if failed or _number(steps[0]) == 1:
                given = []
            elif listed and not any(_number(step) or _LINK.search(step) for step in steps):
                continue  # after a list, a lone sentence answers a question about it
            failed = False
            given.append("\n".join(steps))
    return "" if failed else "\n".join(given)


def _says_broken(text: str) -> bool:
    return bool(phrases.STILL_BROKEN.search(text)) and not phrases.WORKS.search(text)


def _steps(text: str) -> list[str]:
    """The lines of a message that say what to do: list items whole, of prose only the sentences that instruct."""
    steps: list[str] = []
    asks = False
    for line in _INLINE_NUMBER.sub("\n", text).splitlines():
        if _NUMBER.match(line) or _BULLET.match(line):
            steps.append(line.strip())
            continue
        instructing = []
        for sentence in _sentences(line):
            if phrases.NOT_A_STEP.search(sentence) and not _LINK.search(sentence):
                asks = asks or sentence.endswith(("?", "؟")) or "tell me" in sentence.lower()
            elif _instructs(sentence):
                instructing.append(sentence)
        if instructing:
            steps.append(" ".join(instructing))
    listed = any(_NUMBER.match(step) or _LINK.search(step) for step in steps)
    # "Open the settings. What does it say there?" looks for the cause; it mends nothing.
    return [] if asks and not listed and len(_rows(steps)) <= 1 else steps


def _instructs(sentence: str) -> bool:
    return bool(
        phrases.STEP.match(sentence)
        or (phrases.DONE_BY_US.match(sentence) and not sentence.endswith("?"))
        or _LINK.search(sentence)
    )


def _rows(steps: Iterable[str]) -> list[str]:
    return [row for step in steps for row in step.splitlines()]


def _number(row: str) -> int:
    found = _NUMBER.match(row)
    return int(found[1]) if found else 0


def _sentences(text: str) -> list[str]:
    parts = (part.strip() for line in text.splitlines() for part in _SENTENCE_END.split(line))
    return [part for part in parts if part]


def _alike(a: str, b: str) -> bool:
    one, other = set(re.findall(r"\w+", a.casefold())), set(re.findall(r"\w+", b.casefold()))
    if not one or not other:
        return False
    return len(one & other) >= 0.6 * min(len(one), len(other))


def _applies_to(environment: Surroundings | Mapping[str, Any] | None) -> str:
    if environment is None:
        return ""
    known = environment.known() if isinstance(environment, Surroundings) else _flat(environment)
    parts = [known.get("product") or known.get("model"), known.get("browser"), known.get("os")]
    return " · ".join(part for part in parts if part)[:APPLIES_LIMIT]


def _flat(environment: Mapping[str, Any]) -> dict[str, str]:
    columns = Surroundings.from_columns(environment).known()
    return {**{k: v for k, v in environment.items() if isinstance(v, str)}, **columns}


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
