"""`manage.py bench_recall TRAIN [TEST]`: is the most similar past problem of the same class, and how fast?"""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from tabulate import tabulate
from tqdm import tqdm

from chat.recall import embedding
from chat.recall.trial import Asked, Tally, TrialError, ask, hold_out, put_on_file, read_questions
from customers.scratch import ScratchError, scratch_database

WAYS = {"text": ["text"], "embedding": ["embedding"], "both": ["text", "embedding"]}


class Command(BaseCommand):
    """Uses the product's own index and search on a database of its own; the installation's data is never opened."""

    help = (
        "Measure the search for similar problems on questions of known classes (CSV: text,category). The questions of "
        "TRAIN are put on file as past problems; those of TEST are asked."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; see `--help`."""
        parser.add_argument("train", type=Path, help="questions that are put on file")
        parser.add_argument("test", type=Path, nargs="?", help="questions that are asked (a fifth of TRAIN)")
        parser.add_argument(
            "--with",
            dest="way",
            choices=sorted(WAYS),
            help="text, embedding or both (what this installation uses)",
        )
        parser.add_argument("--limit", type=_count, default=0, help="ask so many questions only (all)")
        parser.add_argument("--seed", type=int, default=1, help="which fifth is asked (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        ways = WAYS[options["way"]] if options["way"] else [embedding.way()]
        if "embedding" in ways and not embedding.installed():
            raise CommandError("Sentence embeddings are not installed. Install them: make similar")
        try:
            on_file, asked = _parted(options["train"], options["test"], options["seed"])
            if options["limit"]:
                asked = asked[:: max(1, len(asked) // options["limit"])][: options["limit"]]
            with scratch_database() as vendor:
                tallies = self._measure(on_file, asked, ways)
        except (TrialError, ScratchError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(on_file):,} past problems on file ({vendor}), {len(asked):,} asked\n")
        self.stdout.write(_table(tallies))

    def _measure(self, on_file: list[Asked], asked: list[Asked], ways: list[str]) -> dict[str, Tally]:
        with _progress(len(on_file), "on file") as bar:
            inbox, classes = put_on_file(on_file, bar.update)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        if "embedding" in ways:
            with _progress(len(on_file), "embeddings") as bar:
                while made := embedding.make_vectors():
                    bar.update(made)
        tallies = {}
        for way in ways:
            with embedding.using(way), _progress(len(asked), way) as bar:
                tallies[way] = ask(asked, inbox, classes, bar.update)
        return tallies


def _parted(train: Path, test: Path | None, seed: int) -> tuple[list[Asked], list[Asked]]:
    questions = read_questions(train)
    return (questions, read_questions(test)) if test is not None else hold_out(questions, 0.2, seed)


def _table(tallies: dict[str, Tally]) -> str:
    rows = [
        [way, _of(tally.first, tally.asked), _of(tally.among_three, tally.asked)]
        + [f"{tally.time(part):.1f} ms" for part in (0.5, 0.95)]
        for way, tally in tallies.items()
    ]
    headers = ["search", "same class at 1", "in 3", "time p50", "p95"]
    return tabulate(rows, headers=headers, disable_numparse=True)


def _of(part: int, whole: int) -> str:
    return f"{part / whole:.4f} ({part:,})"


def _progress(total: int, what: str) -> tqdm[Any]:
    return tqdm(total=total, desc=what, disable=not sys.stderr.isatty(), leave=False)


def _count(text: str) -> int:
    value = int(text.replace(",", "").replace("_", ""))
    if value < 0:
        raise ArgumentTypeError("0 or more")
    return value
