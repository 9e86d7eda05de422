"""`python -m tests.load`: how many messages a second, how fast, at what cost, and is everything there."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys

from tabulate import tabulate

from chat.replay.figures import percentile
from tests.load.ceiling import measure_echo
from tests.load.idle import Idle, measure_idle
from tests.load.meter import machine
from tests.load.servers import hire, running
from tests.load.talk import Crowd, Result, Scene

Row = dict[str, object]


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
    storage = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite (FULL)"
    hub = "Redis" if os.environ.get("REDIS_URL") else "in process"
    print(f"{machine()}\n{options.server}, {options.processes} server process(es), {storage}, hub {hub}")
    rows: list[Row] = []
    ceiling = None
    if "echo" in wanted:
        ceiling = await measure_echo(
            options.server, sockets=2 * options.pairs, window=options.window, seconds=min(options.seconds, 8)
        )
        rows.append(_row(f"raw echo, {2 * options.pairs} sockets", ceiling, None))
    good, idle = True, None
    with running(options.server, options.processes) as started:
        urls = [server.url for server in started]
        pids = [server.process.pid for server in started if server.process]
        if wanted & {"flood", "light"}:
            cookies = hire(started[0], options.technicians)
            crowd = Crowd(Scene(urls, cookies, options.pairs))
            await crowd.gather()
            if "light" in wanted:
                light = await crowd.trickle(min(options.seconds, 12), options.light_rate, pids)
                rows.append(_row(f"{options.light_rate} messages/s", light, None))
            if "flood" in wanted:
                flood = await crowd.flood(options.seconds, options.window, pids)
                rows.append(
                    _row(f"{options.pairs} conversations, {options.window} under way a side", flood, ceiling)
                )
            found = await crowd.check()
            crowd.close()
            good = not (found["lost"] or found["doubled"] or found["disordered"])
            print("read back: " + ", ".join(f"{count} {name}" for name, count in found.items()))
        if "idle" in wanted:
            idle = await measure_idle(
                urls[0], "demo", sockets=options.idle_sockets, seconds=options.idle_seconds, pids=pids[:1]
            )
    print(tabulate(rows, headers="keys", tablefmt=options.format, disable_numparse=True))
    if idle:
        print(tabulate([_idle_row(idle)], headers="keys", tablefmt=options.format, disable_numparse=True))
    return 0 if good else 1


def _row(name: str, result: Result, ceiling: Result | None) -> Row:
    p50, p95, p99 = (percentile(result.latency, share) * 1000 for share in (0.5, 0.95, 0.99))
    return {
        "load": name,
        "messages/s": f"{result.rate:,.0f}",
        "p50 / p95 / p99 ms": f"{p50:.1f} / {p95:.1f} / {p99:.1f}",
        "server CPU-s per 1,000": f"{result.server_cpu / max(result.messages, 1) * 1000:.3f}",
        "server memory": f"{result.memory / 2**20:.0f} MiB",
        "client busy": f"{result.client_cpu / result.seconds:.0%}",
        "of raw echo": f"{result.rate / ceiling.rate:.2f}" if ceiling else "",
        "errors": result.errors,
        "overtaken": result.overtaken,
    }


def _idle_row(idle: Idle) -> Row:
    return {
        "open, silent widgets": idle.sockets,
        "memory each": f"{idle.memory / 1024:.1f} KiB",
        "CPU-s a minute each": f"{idle.cpu_per_minute:.5f}",
        "connected a second": f"{idle.connected_per_second:.0f}",
    }


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
    parser.add_argument("--idle-seconds", type=float, default=30, help="how long to watch them (30)")
    parser.add_argument(
        "--only", default="echo,light,flood,idle", help="parts to run (echo,light,flood,idle)"
    )
    parser.add_argument(
        "--format", default="simple", help="format of the tables, as tabulate names them (simple)"
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
