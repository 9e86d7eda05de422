"""`python -m tests.load.replay FILE`: recorded conversations go on while everything they stand on fails in turn.

Starts its own durable PostgreSQL, Redis, two server processes and the nginx that is shipped before them, and ends
them. While `manage.py replay`'s clients play the conversations through nginx, the processes are replaced, Redis is
flushed and restarted, the database is restarted and killed, and a process is killed: round after round, spread over
all that is to be said. At the end every message is looked for, by both sides and in the database.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from chat.replay.errors import ReplayError
from chat.replay.run import Plan
from chat.replay.script import read_talks
from tests.load.meter import machine
from tests.load.replay.account import in_database, shortcomings, table_of_faults, table_of_messages
from tests.load.replay.course import Course
from tests.load.replay.faults import FAULTS
from tests.load.replay.site import Site
from tools.services.packages import NotAvailable

SHOWN = 10  # shortcomings printed in full


def main(arguments: list[str] | None = None) -> int:
    """Run it and print the tables; 1 when something was lost, or a fault not done, or it could not run."""
    options = _options(arguments)
    try:
        talks = read_talks(options.file, options.conversations)
        with Site(apart=options.apart, spoilt=options.spoilt) as site:
            plan = Plan(
                talks=talks,
                urls=[site.url],
                technicians=["ana", "bo", "cy"],
                password=site.installation.password,
                speed=options.speed,
                concurrency=options.concurrency,
                trust=site.trust,
            )
            course = Course(site, plan, options.faults * options.rounds)
            asyncio.run(course.run(options.minutes * 60))
            outcome = in_database(site.installation, course.figures.played)
    except (ReplayError, RuntimeError, NotAvailable) as error:
        print(error, file=sys.stderr)
        return 1
    way = "two servers" if options.apart else "`serve --processes 2`"
    print(
        f"{machine()}\n{way} behind nginx, PostgreSQL, Redis; {options.concurrency} conversations at once\n"
    )
    print(f"{table_of_faults(course)}\n\n{table_of_messages(course, outcome)}")
    short = shortcomings(course, outcome)
    for one in short[:SHOWN]:
        print(one, file=sys.stderr)
    if len(short) > SHOWN:
        print(f"… and {len(short) - SHOWN} more", file=sys.stderr)
    return 1 if short else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.replay", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("file", type=Path, help="the conversations, one a line, as for `manage.py replay`")
    parser.add_argument("--conversations", type=_count, help="play only the first so many (all)")
    parser.add_argument("--rounds", type=_count, default=3, help="how often each fault is done (3)")
    parser.add_argument("--faults", type=_faults, default=list(FAULTS), help=f"a round ({','.join(FAULTS)})")
    parser.add_argument("--concurrency", type=_count, default=50, help="conversations at once (50)")
    parser.add_argument("--speed", type=_above_zero, help="keep the recorded pauses, so many times shorter")
    parser.add_argument("--minutes", type=_above_zero, default=30.0, help="after which it ends anyway (30)")
    parser.add_argument("--apart", action="store_true", help="two servers instead of one with two processes")
    parser.add_argument("--spoilt", default="", help="break the servers first: mutants.accept_first")
    return parser.parse_args(arguments)


def _faults(value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names or set(names) - set(FAULTS):
        raise argparse.ArgumentTypeError(f"{value!r}: choose from {', '.join(FAULTS)}")
    return names


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= 100_000:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number between 1 and 100000")
    return int(value)


def _above_zero(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{value!r} is not a number above 0")
    return number


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it started ends with it
    sys.exit(main())
