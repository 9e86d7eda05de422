"""`python -m tests.load.bench`: run all load programs and write the tables of docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg
import redis

from tests.load.bench.goals import goals
from tests.load.bench.page import rewrite
from tests.load.bench.runs import Run, all_runs, carry_out
from tests.load.figures import Numbers, herd_row, idle_row, load_row, table
from tests.load.file import file_row
from tests.load.history import history_row
from tests.load.meter import machine
from tools.environment import ROOT

PAGE = ROOT / "docs" / "performance.md"
KEPT = ROOT / ".build" / "bench.json"


def main() -> int:
    """Measure and write; 1 when something was lost or could not be run."""
    options = _options()
    services = {"DATABASE_URL": options.database_url, "REDIS_URL": options.redis_url}
    everything = all_runs(options.customers, options.filled, options.herd)
    chosen = set(options.only.split(",")) if options.only else {run.key for run in everything}
    unknown = chosen - {run.key for run in everything}
    if unknown:
        known = ", ".join(run.key for run in everything)
        print(f"There is no run {', '.join(sorted(unknown))}; there are: {known}.", file=sys.stderr)
        return 2
    found: Numbers = {**(_kept() if options.keep else {}), "machine": _machine(services, options.times)}
    KEPT.parent.mkdir(exist_ok=True)

    def keep(new: Numbers) -> None:
        found.update(new)
        KEPT.write_text(json.dumps(found, indent=1))

    try:
        carry_out([run for run in everything if run.key in chosen], options.times, services, keep)
    except (RuntimeError, OSError) as problem:
        print(
            f"{problem}\nWhat was measured before that: {KEPT}; --keep goes on from there.", file=sys.stderr
        )
        return 1
    sections = sections_of(everything, found)
    for text in sections.values():
        print(f"\n{text}")
    rewrite(Path(options.page), sections)
    return 0


def sections_of(runs: list[Run], found: Numbers) -> dict[str, str]:
    """The tables of `found`, by the name of their place on the page."""
    loads = [run for run in runs if run.key in found and "flood" in found[run.key]]
    sections = {
        "machine": found["machine"],
        "goals": table([goal.row() for goal in goals(found)]),
        "flood": table([_named(run, found[run.key]["flood"], "messages") for run in loads]),
        "light": table([_named(run, found[run.key]["light"], "load") for run in loads]),
        "echo": table([_named(run, found[run.key]["echo"], "of raw echo") for run in loads]),
        "idle": table(
            [
                {"server": run.title} | idle_row(found[run.key]["idle"])
                for run in loads
                if "idle" in found[run.key]
            ]
        ),
        "herd": table(
            [
                {"storage": run.title} | herd_row(herd)
                for run in runs
                for herd in found.get(run.key, {}).get("herds", [])
            ]
        ),
    }
    if "history" in found:
        sections["history"] = table([history_row(step) for step in found["history"]["steps"]])
    if "file" in found:
        sizes = found["file"]["sizes"]
        sections["file"] = table([file_row(one, sizes[0]) for one in sizes])
    return {name: text for name, text in sections.items() if text}


def _named(run: Run, load: Numbers, without: str) -> dict[str, object]:
    row = {"server": run.title} | load_row(load)
    left_out = {"load", *(("of raw echo",) if without != "messages" else ())}
    return {name: value for name, value in row.items() if name not in left_out}


def _machine(services: dict[str, str], times: int) -> str:
    with psycopg.connect(services["DATABASE_URL"]) as database:
        row = database.execute(
            "SELECT current_setting('server_version'), current_setting('shared_buffers')"
        ).fetchone()
    with redis.Redis.from_url(services["REDIS_URL"]) as other:
        info = other.info("server")
    assert row is not None
    assert isinstance(info, dict)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {machine()}, PostgreSQL {row[0].split()[0]} ({row[1]} of memory), "
        f"Redis {info['redis_version']}, Twisted {version('twisted')}; of {times} run(s) each the one with the middle rate."
    )


def _kept() -> Numbers:
    kept: Numbers = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    return kept


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.bench", description=__doc__, allow_abbrev=False
    )
    for name, what in (("DATABASE_URL", "PostgreSQL"), ("REDIS_URL", "Redis")):
        option = f"--{name.lower().replace('_', '-')}"
        given = os.environ.get(name)
        parser.add_argument(option, default=given, required=not given, help=f"{what} to measure on")
    parser.add_argument("--times", type=int, default=3, help="how often each short run is repeated (3)")
    parser.add_argument("--customers", default="10000,100000", help="databases to fill (10000,100000)")
    parser.add_argument("--filled", default="", help="besides, a database that `tests.scale.seed` has filled")
    parser.add_argument("--herd", type=int, default=5_000, help="clients that come back at once (5,000)")
    parser.add_argument("--only", default="", help="keys of the runs to make, by commas (all)")
    parser.add_argument("--keep", action="store_true", help="keep earlier figures of runs that are not made")
    parser.add_argument("--page", default=str(PAGE), help="the page whose tables are written")
    options = parser.parse_args()
    if not 1 <= options.times <= 20:
        parser.error("--times: from 1 to 20")
    return options


if __name__ == "__main__":
    sys.exit(main())
