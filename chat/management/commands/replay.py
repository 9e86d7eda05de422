"""`manage.py replay FILE`: play recorded conversations against a running server and check what it kept."""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.replay.errors import ReplayError
from chat.replay.figures import Figures
from chat.replay.run import INTERRUPTED, Plan, run
from chat.replay.script import read_talks

EXAMPLE = """
One conversation is one line of JSON:
  {"id": "…", "customer": "…", "technician": "…",
   "messages": [{"at": "2026-01-31T12:00:00Z", "from": "customer", "text": "…"}, …]}
A customer who stands on several lines comes back each time with the same browser and must find
everything that was said before.
"""
SHOWN = 10  # failures printed in full; the rest are counted


class Command(BaseCommand):
    """Ends with 0 when nothing is lost, doubled or out of order and every returner found their past."""

    help = (
        "Play recorded conversations against a running server, through the public protocol only, "
        "read everything back and print what was kept and how fast it went."
    )
    requires_system_checks: list[str] = []  # the server may be anywhere; this side needs no database

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The parser, with the form of the file below the options."""
        layout = {"epilog": EXAMPLE, "formatter_class": argparse.RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, allow_abbrev=False, **layout, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """The options; see `--help`."""
        parser.add_argument("file", type=Path, help="the conversations, one a line")
        parser.add_argument(
            "--url",
            action="append",
            type=_url,
            help="address of the server (http://127.0.0.1:8000); repeat it to spread the two sides of "
            "every conversation over several servers of one installation",
        )
        parser.add_argument("--inbox", default="demo", help="public key of the inbox to write to (demo)")
        parser.add_argument("--password", help="the technicians' password (else from DEMO_PASSWORD)")
        parser.add_argument(
            "--technicians",
            type=_names,
            default=["ana", "bo", "cy"],
            metavar="NAME,NAME",
            help="accounts that answer; the technicians of the file share them (ana,bo,cy)",
        )
        parser.add_argument("--limit", type=_count, help="play only the first so many conversations")
        parser.add_argument(
            "--speed",
            type=_speed,
            help="keep the pauses between messages, this many times shorter (else: as fast as it goes)",
        )
        parser.add_argument(
            "--concurrency", type=_count, default=50, help="conversations going on at the same time (50)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file, play it, print the table."""
        password = options["password"] or os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("the technicians need a password: give --password or set DEMO_PASSWORD")
        try:
            talks = read_talks(options["file"], options["limit"])
            plan = Plan(
                talks=talks,
                urls=options["url"] or ["http://127.0.0.1:8000"],
                technicians=options["technicians"],
                password=password,
                inbox=options["inbox"],
                speed=options["speed"],
                concurrency=options["concurrency"],
            )
            figures = asyncio.run(run(plan))
        except ReplayError as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("interrupted before anything was played", returncode=130) from None
        self._tell(figures)

    def _tell(self, figures: Figures) -> None:
        self.stdout.write(figures.table())
        for failure in figures.failures[:SHOWN]:
            self.stderr.write(failure)
        if len(figures.failures) > SHOWN:
            self.stderr.write(f"… and {len(figures.failures) - SHOWN} more")
        if figures.stopped:
            self.stderr.write(f"ended early: {figures.stopped}")
        if not figures.good:
            self.stdout.flush()
            sys.exit(130 if figures.stopped == INTERRUPTED else 1)


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise argparse.ArgumentTypeError(f"{value!r} is not an address such as http://127.0.0.1:8000")
    return value.rstrip("/")


def _names(value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("name at least one account")
    return list(dict.fromkeys(names))


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= 100_000:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number between 1 and 100000")
    return int(value)


def _speed(value: str) -> float:
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number above 0")
    return speed
