"""`manage.py bench_recognition FILE --columns …`: how often the right person is suggested, and how fast."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from tabulate import tabulate
from tqdm import tqdm

from customers.models import Inbox
from customers.recognition.common import people_on_file
from customers.recognition.fitted import current, keep
from customers.recognition.trial.filing import file_people
from customers.recognition.trial.made import fill, made_people
from customers.recognition.trial.people import COLUMNS, Parted, PeopleError, Record, part, read_people
from customers.recognition.trial.running import Tally, ask
from customers.recognition.weights import Table
from customers.scratch import ScratchError, scratch_database


class Command(BaseCommand):
    """Uses the product's own suggestions on a database of its own; the installation's data is never opened."""

    help = (
        "Measure recognition on person records (CSV). rec_id // 10 is the person; the record whose rec_id ends in 0 "
        "is a customer on file, every further record of the person is a returner."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; see `--help`."""
        parser.add_argument("file", type=Path, help="the records")
        parser.add_argument(
            "--columns", required=True, type=columns, help=f"what is given, of {', '.join(COLUMNS)}"
        )
        parser.add_argument(
            "--strangers", type=share, default=0.2, help="share of the people kept off file (0.2)"
        )
        parser.add_argument(
            "--on-file", type=_count, default=0, help="fill up with made people to this number"
        )
        parser.add_argument(
            "--identifier", action="store_true", help="everybody gives one exact old identifier too"
        )
        parser.add_argument("--limit", type=_count, default=0, help="ask for so many records only (all)")
        parser.add_argument("--seed", type=int, default=1, help="which people are strangers (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        try:
            parted = part(
                read_people(options["file"], options["columns"]),
                strangers=options["strangers"],
                seed=options["seed"],
            )
            fitted = _weights_in_use()
            with scratch_database() as vendor:
                if fitted is not None:
                    keep(fitted, source="the installation", at=datetime.now(UTC))
                tally, on_file = self._measure(parted, options)
        except (PeopleError, ScratchError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_table(tally, on_file, vendor))

    def _measure(self, parted: Parted, options: dict[str, Any]) -> tuple[Tally, int]:
        at = datetime.now(UTC)
        inbox = Inbox.objects.create(name="Trial")
        extra = _identifier if options["identifier"] else _nothing
        known = file_people(inbox, parted.on_file, extra, at)
        missing = options["on_file"] - len(known)
        if missing > 0:
            people = made_people(parted.on_file, missing, options["seed"])
            with _progress(missing, "made people") as bar:
                fill(inbox, people, at, bar.update)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            self.stderr.write(f"{options['on_file']:,} on file; asking")
        returners = parted.returners
        if options["limit"]:
            step = max(1, len(returners) // options["limit"])
            returners = returners[::step][: options["limit"]]
        with _progress(len(returners), "suggestions") as bar:
            tally = ask(returners, known, inbox, at, extra, bar.update)
        return tally, people_on_file()


def _weights_in_use() -> Table | None:
    """The installation's fitted weights; None for the defaults, also where there is no database yet."""
    try:
        return current()
    except DatabaseError:
        return None
    finally:
        connection.close()


def _table(tally: Tally, on_file: int, vendor: str) -> str:
    strangers = len(tally.stranger_scores)
    rows = [
        ["customers on file", f"{on_file:,} ({vendor})"],
        ["returners / strangers", f"{tally.returners:,} / {strangers:,}"],
        ["right at 1", _of(tally.first, tally.returners)],
        ["right in 3", _of(tally.among_three, tally.returners)],
        ["likely and right", _of(tally.likely_right, tally.returners)],
        ["likely in all", _of(tally.likely, tally.returners)],
        ["strangers likely", _of(tally.strangers_likely, strangers)],
        ["mark that 1 % of strangers reach", f"{tally.mark():.4f}"],
        ["right above that mark", f"{tally.above(tally.mark()):.4f}"],
        ["time p50 / p95 / max", " / ".join(f"{tally.time(q):.1f}" for q in (0.5, 0.95, 1.0)) + " ms"],
    ]
    return tabulate(rows, tablefmt="plain", disable_numparse=True)


def _of(part_: int, whole: int) -> str:
    return f"{part_ / whole:.4f} ({part_:,} of {whole:,})" if whole else "none"


def _identifier(record: Record) -> dict[str, str]:
    return {"order": f"R{record.person * 7919 % 10_000_019:08d}"}


def _nothing(record: Record) -> dict[str, str]:
    return {}


def _progress(total: int, what: str) -> tqdm[Any]:
    return tqdm(total=total, desc=what, disable=not sys.stderr.isatty(), leave=False)


def columns(text: str) -> list[str]:
    """Column names parted by commas."""
    return [name for part_ in text.split(",") if (name := part_.strip())]


def share(text: str) -> float:
    """A number from 0 up to 1."""
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("between 0 and 1")
    return value


def _count(text: str) -> int:
    value = int(text.replace("_", "").replace(",", ""))
    if value < 0:
        raise argparse.ArgumentTypeError("not below 0")
    return value
