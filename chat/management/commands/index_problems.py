"""`manage.py index_problems`: make past problems findable that are not, or all of them anew."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from chat.models import Outcome
from chat.recall import embedding
from chat.recall.index import rebuild


class Command(BaseCommand):
    """Outcomes are indexed as they are written; this is for those from before, and for changed rules."""

    help = "Index past problems that are not indexed yet, with their embeddings where these are installed."

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch."""
        parser.add_argument("--all", action="store_true", dest="all_of_them", help="index all of them anew")

    def handle(self, *args: Any, **options: Any) -> None:
        """Index."""
        total = Outcome.objects.count()
        indexed = vectors = 0
        quiet = not sys.stderr.isatty()
        with tqdm(total=total, desc="problems", disable=quiet, leave=False) as bar:
            for made in rebuild(all_of_them=options["all_of_them"]):
                indexed += made
                bar.update(made)
        if embedding.way() == "embedding":
            with tqdm(total=total, desc="embeddings", disable=quiet, leave=False) as bar:
                while made := embedding.make_vectors():
                    vectors += made
                    bar.update(made)
        self.stdout.write(f"{indexed:,} past problems indexed, {vectors:,} embeddings made.")
