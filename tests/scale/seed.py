"""`python -m tests.scale.seed --events N`: years of work in an empty database, in minutes."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.scale.size import Size, size_for

YEAR = 365.25 * 86_400


class NotEmpty(Exception):
    """There is work on file already; made rows must never stand among it."""


def fill(size: Size, *, seed: int = 1, tell: Any = lambda text: None) -> dict[str, int]:
    """Fill the database that Django is set up for; how many rows each table was given. Raises NotEmpty."""
    from customers.models import Customer

    if Customer.objects.exists():
        raise NotEmpty("This database has customers. Made rows are only ever put into an empty one.")
    return add(size, seed=seed, tell=tell, without_indexes=size.events >= 500_000)


def add(
    size: Size, *, seed: int = 1, tell: Any = lambda text: None, without_indexes: bool = False
) -> dict[str, int]:
    """The same beside whatever is there: for databases that were made for a test."""
    from tests.scale import people, talk
    from tests.scale.filling import Filler, in_bulk
    from tests.scale.people import People
    from tests.scale.talk import Talk, text_of
    from tests.scale.words import Words

    draw, now = random.Random(seed), time.time()
    inboxes, technicians = _inboxes(), _technicians(size.technicians)
    words = Words(seed, rich=max(200, min(20_000, size.events // 100)))
    filler = Filler({**people.COLUMNS, **talk.COLUMNS})
    crowd = People(filler, words, draw)
    talks = Talk(filler, words, draw, technicians, size, now)
    open_ones = size.waiting + size.active
    old = size.conversations - open_ones
    huge = {old * (place + 1) // (size.huge + 1) for place in range(size.huge)}
    start, end = now - size.years * YEAR, now - 3 * 3600
    with in_bulk(without_indexes=without_indexes):
        for number in range(size.conversations):
            if number < old:
                seconds = start + (end - start) * number / old
            else:
                seconds = end + (now - 60 - end) * (number - old) / open_ones
            known = len(crowd.ids)
            new = not known or draw.random() < (size.customers - known) / (size.conversations - number)
            place = known if new else draw.randrange(known)
            inbox = inboxes[1 + place // 10 % 2 if place % 10 == 9 else 0]
            customer = crowd.add(inbox, seconds, text_of(seconds)) if new else crowd.ids[place]
            if number >= old + size.active:
                talks.waiting(customer, inbox, seconds)
            elif number >= old:
                talks.active(customer, inbox, seconds)
            else:
                talks.solved(customer, inbox, seconds, size.length if number in huge else 0)
            if filler.full("chat_event"):
                filler.flush()
                tell(
                    f"{filler.written['chat_event']:,} events of {datetime.fromtimestamp(seconds, UTC):%Y-%m}"
                )
        filler.flush()
        tell("names and spellings")
        crowd.finish()
        tell("indexes and statistics")
    return {table: count for table, count in filler.written.items() if count}


def _inboxes() -> list[UUID]:
    """The demo's and two more, of which the last shares nothing."""
    from customers.models import Inbox

    made = [
        Inbox.objects.get_or_create(key="demo", defaults={"name": "Rapport demo"})[0],
        Inbox.objects.get_or_create(key="made", defaults={"name": "Made"})[0],
        Inbox.objects.get_or_create(key="made-apart", defaults={"name": "Apart", "separate": True})[0],
    ]
    return [one.id for one in made]


def _technicians(count: int) -> list[UUID]:
    from agents.models import Technician

    made = [Technician.objects.get_or_create(username=f"made-{number}")[0] for number in range(count)]
    return [one.id for one in made]


def main() -> int:
    """Fill, and say what there is now; 1 when the database is not empty."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.scale.seed", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--events", type=_whole, default=20_000, help="about so many events (20,000)")
    parser.add_argument(
        "--waiting", type=_whole, help="so many conversations in the queue (1 in 64, at most 10,000)"
    )
    parser.add_argument("--database-url", help="where (DATABASE_URL, else the embedded database of DATA_DIR)")
    parser.add_argument("--seed", type=_whole, default=1, help="another seed makes other people (1)")
    options = parser.parse_args()
    try:
        size = size_for(options.events, waiting=options.waiting)
    except ValueError as error:
        parser.error(str(error))
    if options.database_url:
        os.environ["DATABASE_URL"] = options.database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    began = time.monotonic()
    try:
        made = fill(
            size, seed=options.seed, tell=lambda text: print(f"  {time.monotonic() - began:6.0f} s  {text}")
        )
    except NotEmpty as error:
        print(error, file=sys.stderr)
        return 1
    for table, count in made.items():
        print(f"{table:25} {count:>12,}")
    print(f"in {time.monotonic() - began:.0f} s")
    return 0


def _whole(text: str) -> int:
    return int(text.replace("_", "").replace(",", ""))


if __name__ == "__main__":
    sys.exit(main())
