"""Measuring the search: questions of known classes are put on file as past problems, others are asked."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from uuid_utils.compat import uuid7

from agents.models import Technician
from chat.models import Conversation, Outcome, Status
from chat.recall.index import index_outcomes
from chat.recall.similar import search, similar_problems
from customers.models import Customer, Inbox

BATCH = 500
#: A question has to fit into an outcome's `problem`.
LONGEST = 500


class TrialError(Exception):
    """The file cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the class of its problem. The class is never put on file."""

    text: str
    category: str


@dataclass(slots=True)
class Tally:
    """How often the most alike past problem was of the same class, and one of the three most alike."""

    asked: int = 0
    first: int = 0
    among_three: int = 0
    seconds: list[float] = field(default_factory=list)

    def time(self, part: float) -> float:
        """Milliseconds that this part of the searches took at most."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def read_questions(path: Path) -> list[Asked]:
    """The rows of a CSV file with the columns `text` and `category`. Raises TrialError, naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            missing = {"text", "category"} - set(rows.fieldnames or [])
            if missing:
                raise TrialError(f"{path}: there is no column {' or '.join(sorted(missing))}.")
            found = [_question(row, path, rows.line_num) for row in rows]
    except OSError as error:
        raise TrialError(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TrialError(f"{path}: this is not text in UTF-8.") from error
    except csv.Error as error:
        raise TrialError(f"{path}: this is not CSV ({error}).") from error
    if not found:
        raise TrialError(f"{path}: there are no rows.")
    return found


def hold_out(questions: Sequence[Asked], part: float, seed: int) -> tuple[list[Asked], list[Asked]]:
    """(on file, asked): a random `part` of the questions is asked, the same for the same seed."""
    if len(questions) < 2:
        raise TrialError("One question is too few to hold any out.")
    order = list(range(len(questions)))
    random.Random(seed).shuffle(order)
    cut = max(1, round(part * len(order)))
    asked = set(order[:cut])
    return (
        [one for place, one in enumerate(questions) if place not in asked],
        [one for place, one in enumerate(questions) if place in asked],
    )


def put_on_file(questions: Sequence[Asked], progress: Callable[[int], object]) -> tuple[UUID, dict[str, str]]:
    """Make each question a solved conversation, indexed as the product does it: (inbox, outcome → class)."""
    at = datetime.now(UTC) - timedelta(days=30)
    inbox = Inbox.objects.create(name="Trial")
    technician = Technician.objects.create(username="trial")
    classes: dict[str, str] = {}
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        customers = [Customer(inbox=inbox, created_at=at) for _ in batch]
        conversations = [
            Conversation(
                inbox=inbox,
                customer=customer,
                case_code=f"{start + place:07d}",
                status=Status.RESOLVED,
                start_client_id=str(uuid7()),
                opened_at=at,
                resolved_at=at,
            )
            for place, customer in enumerate(customers)
        ]
        outcomes = [
            Outcome(conversation=conversation, problem=one.text, confirmed_by=technician, at=at)
            for conversation, one in zip(conversations, batch, strict=True)
        ]
        Customer.objects.bulk_create(customers)
        Conversation.objects.bulk_create(conversations)
        Outcome.objects.bulk_create(outcomes)
        index_outcomes([outcome.pk for outcome in outcomes])
        classes |= {str(outcome.pk): one.category for outcome, one in zip(outcomes, batch, strict=True)}
        progress(len(batch))
    return inbox.pk, classes


def ask(
    questions: Sequence[Asked], inbox: UUID, classes: dict[str, str], progress: Callable[[int], object]
) -> Tally:
    """Search for each question as the return card of a new customer does."""
    tally = Tally()
    for one in questions:
        began = time.perf_counter()
        found = similar_problems(search(one.text, inbox=inbox))
        tally.seconds.append(time.perf_counter() - began)
        right = [classes[item["outcome"]] == one.category for item in found[:3]]
        tally.asked += 1
        tally.first += right[:1] == [True]
        tally.among_three += any(right)
        progress(1)
    return tally


def _question(row: dict[str, str | None], path: Path, line: int) -> Asked:
    text, category = (row.get("text") or "").strip(), (row.get("category") or "").strip()
    if not text or not category:
        raise TrialError(f"{path}, line {line}: a row needs a text and a category.")
    if "\0" in text:
        raise TrialError(f"{path}, line {line}: this is not text.")
    return Asked(text[:LONGEST], category)
