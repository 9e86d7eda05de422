"""`manage.py fit_recognition`: fit the weights by which returning customers are recognised."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tabulate import tabulate

from customers.management.commands.bench_recognition import columns, share
from customers.models import Verdict
from customers.recognition import fitted
from customers.recognition.evidence import Evidence
from customers.recognition.fitting import TooFew, fit_from_pairs, fit_from_verdicts
from customers.recognition.trial.people import PeopleError, read_people
from customers.recognition.trial.running import evidence_of
from customers.recognition.weights import Table


class Command(BaseCommand):
    """Prints what it found; only `--keep` puts it to use, and `--undo` takes that back."""

    help = (
        "Fit the weights of recognition from the suggestions that technicians have confirmed and refused, or from "
        "a file of person records of which it is known who is who."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; see `--help`."""
        parser.add_argument("--file", type=Path, help="person records (CSV) instead of the verdicts on file")
        parser.add_argument("--columns", type=columns, help="with --file: what to compare")
        parser.add_argument("--likely", type=share, help="the score from which somebody is called likely")
        parser.add_argument("--keep", action="store_true", help="use the fitted weights from now on")
        parser.add_argument("--undo", action="store_true", help="go back to the weights before those in use")
        parser.add_argument("--show", action="store_true", help="print the weights in use")
        parser.add_argument("--output", type=Path, help="write the table to this file too (JSON)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fit, print, and keep if asked to."""
        now = datetime.now(UTC)
        if options["undo"]:
            undone = fitted.undo(at=now)
            self.stdout.write(
                f"Taken back: the weights fitted from {undone.source}."
                if undone
                else "The defaults are in use already."
            )
            return
        before = fitted.current()
        table, source = (before, "the weights in use") if options["show"] else self._fitted(before, options)
        if options["likely"]:
            table = Table.from_json(
                {**table.as_json(), "marks": {**_marks(table), "likely": options["likely"]}}
            )
        self.stdout.write(_shown(table, before))
        if options["output"]:
            try:
                options["output"].write_text(json.dumps(table.as_json(), indent=1) + "\n", encoding="utf-8")
            except OSError as error:
                raise CommandError(f"The table cannot be written: {error}.") from error
        if options["keep"]:
            fitted.keep(table, source=source, at=now)
            self.stdout.write("In use from now on. `manage.py fit_recognition --undo` goes back.")
        elif not options["show"]:
            self.stdout.write("Not in use: add --keep for that.")

    def _fitted(self, before: Table, options: dict[str, Any]) -> tuple[Table, str]:
        try:
            if options["file"]:
                if not options["columns"]:
                    raise CommandError("Say with --columns what to compare.")
                people = _people(options["file"], options["columns"])
                return fit_from_pairs(people, before), f"{options['file'].name}"
            verdicts = Verdict.objects.values_list("evidence", "same")
            usable = [(levels, same) for levels, same in verdicts if isinstance(levels, dict) and levels]
            return fit_from_verdicts(usable, before), f"{len(usable)} verdicts"
        except (TooFew, PeopleError) as error:
            raise CommandError(str(error)) from error


def _people(path: Path, wanted: list[str]) -> list[tuple[Evidence, list[Evidence]]]:
    first: dict[int, Evidence] = {}
    rest: dict[int, list[Evidence]] = defaultdict(list)
    for record in read_people(path, wanted):
        if record.original:
            first[record.person] = evidence_of(record.values)
        else:
            rest[record.person].append(evidence_of(record.values))
    return [(first[person], rest[person]) for person in sorted(first)]


def _marks(table: Table) -> dict[str, float]:
    marks = table.as_json()["marks"]
    assert isinstance(marks, dict)
    return marks


def _shown(table: Table, before: Table) -> str:
    rows = [
        [
            comparison,
            level,
            f"{m:.6g}",
            f"{u:.6g}",
            f"{table.bits(comparison, level):+.1f}",
            _moved(table, before, comparison, level),
        ]
        for comparison, levels in table.levels.items()
        for level, (m, u) in levels.items()
    ]
    marks = "\n".join(f"{name} {value:.4g}" for name, value in _marks(table).items())
    return (
        tabulate(rows, headers=["compared", "level", "m", "u", "bits", "was"], disable_numparse=True)
        + f"\n\n{marks}"
    )


def _moved(table: Table, before: Table, comparison: str, level: str) -> str:
    was = before.bits(comparison, level)
    return f"{was:+.1f}" if abs(was - table.bits(comparison, level)) >= 0.05 else ""
