"""`python -m tests.load`: how many messages a second, how fast, at what cost, and is everything there."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import sys

from tests.load.ceiling import measure_echo
from tests.load.figures import (
    JSON,
    Numbers,
    as_json,
    herd_row,
    idle_row,
    load_row,
    of_herd,
    of_idle,
    of_load,
    table,
)
from tests.load.herd import measure_herd
from tests.load.idle import measure_idle
from tests.load.meter import calm, machine
from tests.load.servers import hire, running
from tests.load.talk import Crowd, Scene


def main() -> int:
    """Run everything that was asked for and print the tables; 1 when something was lost."""
    options = _options()
    _lift_file_limit()
    if options.database_url:
        os.environ["DATABASE_URL"] = options.database_url
    if options.redis_url:
        os.environ["REDIS_URL"] = options.redis_url
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    wanted = set(options.only.split(","))
    found: Numbers = {
        "server": options.server,
        "processes": options.processes,
        "storage": "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite (FULL)",
        "hub": "Redis" if os.environ.get("REDIS_URL") else "in process",
    }
    with contextlib.redirect_stdout(sys.stderr if options.format == JSON else sys.stdout):
        print(f"{machine()}\n{found['server']}, {found['processes']} server process(es), ", end="")
        print(f"{found['storage']}, hub {found['hub']}")
        await _measure(options, wanted, found)
    if options.format == JSON:
        print(as_json(found))
    else:
        _show(found, options.format)
    read_back = found.get("read back", {})
    losses = [read_back.get(name, 0) for name in ("lost", "doubled", "disordered")]
    losses += [herd["lost"] + herd["doubled"] for herd in found.get("herds", [])]
    return 1 if any(losses) else 0


async def _measure(options: argparse.Namespace, wanted: set[str], found: Numbers) -> None:
    ceiling = None
    if "echo" in wanted:
        ceiling = await measure_echo(
            options.server, sockets=2 * options.pairs, window=options.window, seconds=min(options.seconds, 8)
        )
        found["echo"] = of_load(f"raw echo, {2 * options.pairs} sockets", ceiling)
    if wanted & {"light", "flood", "idle"}:
        with running(options.server, options.processes) as started:
            urls = [server.url for server in started]
            pids = [server.process.pid for server in started if server.process]
            if wanted & {"flood", "light"}:
                cookies = hire(started[0], options.technicians)
                crowd = Crowd(Scene(urls, cookies, options.pairs))
                await crowd.gather()
                await calm(pids)
                if "light" in wanted:
                    light = await crowd.trickle(min(options.seconds, 12), options.light_rate, pids)
                    found["light"] = of_load(f"{options.light_rate} messages/s", light)
                if "flood" in wanted:
                    flood = await crowd.flood(options.seconds, options.window, pids)
                    name = f"{options.pairs} conversations, {options.window} under way a side"
                    found["flood"] = of_load(name, flood, ceiling)
                found["read back"] = await crowd.check()
                crowd.close()
            if "idle" in wanted:
                idle = await measure_idle(
                    urls[0], "demo", sockets=options.idle_sockets, seconds=options.idle_seconds, pids=pids[:1]
                )
                found["idle"] = of_idle(idle)
    if "herd" in wanted:
        found["herds"] = []
        for name, crash in (("planned restart", False), ("killed", True)):
            with running(options.server, options.processes) as started:
                herd = await measure_herd(started[0], options.herd, crash=crash)
            found["herds"].append(of_herd(name, herd))


def _show(found: Numbers, form: str) -> None:
    if "read back" in found:
        print("read back: " + ", ".join(f"{count} {name}" for name, count in found["read back"].items()))
    loads = [load_row(found[name]) for name in ("echo", "light", "flood") if name in found]
    idle = [idle_row(found["idle"])] if "idle" in found else []
    herds = [herd_row(herd) for herd in found.get("herds", [])]
    for rows in filter(None, (loads, idle, herds)):
        print(table(rows, form))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__, allow_abbrev=False)
    parser.add_argument("--database-url", help="PostgreSQL instead of the embedded SQLite")
    parser.add_argument("--redis-url", help="Redis between the processes (needed for more than one)")
    parser.add_argument("--server", choices=["daphne", "uvicorn"], default="daphne")
    parser.add_argument("--processes", type=int, default=1, help="server processes (1)")
    parser.add_argument("--pairs", type=int, default=50, help="conversations at once (50)")
    parser.add_argument("--technicians", type=int, default=10, help="technicians that share them (10)")
    parser.add_argument("--window", type=int, default=4, help="messages each side keeps on their way (4)")
    parser.add_argument("--seconds", type=float, default=15, help="length of the flood (15)")
    parser.add_argument(
        "--light-rate", type=int, default=300, help="messages a second of the light load (300)"
    )
    parser.add_argument("--idle-sockets", type=int, default=1000, help="open, silent widgets (1000)")
    parser.add_argument("--idle-seconds", type=float, default=120, help="how long to watch them (120)")
    parser.add_argument("--herd", type=int, default=1000, help="clients that come back at once (1000)")
    parser.add_argument(
        "--only", default="echo,light,flood,idle", help="parts to run (echo,light,flood,idle; also: herd)"
    )
    parser.add_argument(
        "--format", default="simple", help="form of the tables, as tabulate names them (simple), or json"
    )
    options = parser.parse_args()
    if options.processes > 1 and not (options.redis_url or os.environ.get("REDIS_URL")):
        parser.error("more than one server process needs --redis-url")
    options.technicians = max(options.processes, options.technicians // options.processes * options.processes)
    return options


def _lift_file_limit() -> None:
    """A thousand sockets need as many descriptors, here and in the server, which inherits the limit."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
