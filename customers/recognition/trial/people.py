"""Person records from a CSV file: who is on file, who comes back, who is a stranger."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

#: What each known column is compared as.
COLUMNS = {
    "given_name": "name",
    "surname": "name",
    "name": "name",
    "suburb": "place",
    "city": "place",
    "place": "place",
    "phone_number": "phone",
    "phone": "phone",
    "email": "email",
    "serial": "serial",
    "order": "order",
    "product": "product",
    "model": "model",
}
MOST_RECORDS = 2_000_000


class PeopleError(ValueError):
    """The file is not what is needed; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the person's number, whether it is their original, and the values by kind."""

    person: int
    original: bool
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Parted:
    """On file: the originals. Returners: everything else, strangers' records among them."""

    on_file: list[Record]
    returners: list[Record]
    strangers: frozenset[int]


def read_people(path: Path, columns: Sequence[str]) -> list[Record]:
    """The records of a file, with the columns that count. Raises PeopleError, with the line where it can be told."""
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown or not columns:
        raise PeopleError(f"Cannot compare {', '.join(unknown) or 'nothing'}; known: {', '.join(COLUMNS)}.")
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file, skipinitialspace=True)
            head = [name.strip() for name in rows.fieldnames or []]
            rows.fieldnames = head
            missing = [column for column in ("rec_id", *columns) if column not in head]
            if missing:
                raise PeopleError(
                    f"{path} has no column {', '.join(missing)}; it has: {', '.join(head) or 'none'}."
                )
            records = [_record(path, rows.line_num, row, columns) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PeopleError(f"{path} cannot be read: {error}.") from error
    if not records:
        raise PeopleError(f"{path} holds no records.")
    if not any(record.original for record in records):
        raise PeopleError(f"{path} holds no original record (a rec_id that ends in 0).")
    return records


def part(records: Iterable[Record], *, strangers: float, seed: int) -> Parted:
    """Keep this share of the people off file, the same ones for the same seed."""
    people: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        people[record.person].append(record)
    numbers = sorted(people)
    random.Random(seed).shuffle(numbers)  # noqa: S311 — a fair and repeatable choice is wanted, not a secret one
    off = frozenset(numbers[: int(len(numbers) * strangers)])
    on_file = [r for n in sorted(people) if n not in off for r in people[n] if r.original]
    known = {record.person for record in on_file}
    returners = [r for n in sorted(people) for r in people[n] if not r.original and (n in off or n in known)]
    return Parted(on_file, returners, off)


def _record(path: Path, line: int, row: dict[str, str], columns: Sequence[str]) -> Record:
    try:
        number = int(row["rec_id"])
    except (TypeError, ValueError):
        raise PeopleError(f"{path}, line {line}: rec_id must be a number.") from None
    if None in row or None in row.values():
        raise PeopleError(f"{path}, line {line}: not as many values as columns.")
    values: dict[str, str] = {}
    for column in columns:
        kind, text = COLUMNS[column], row[column].strip()
        if text:
            values[kind] = f"{values[kind]} {text}" if kind in values else text
    return Record(number // 10, number % 10 == 0, values)
