"""`python -m tests.scale.million`: what so many open widgets take, worked out from what one of them costs.

The costs are the measured ones of docs/performance.md unless given. `--measure N` opens N silent widgets on a server
of this machine's own and takes what they cost; `--filled URL` times the sweep on a database that `tests.scale.seed`
has filled.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import sys
from dataclasses import dataclass

from tabulate import tabulate

#: Of one frame on an idle socket with its TCP, IP and websocket heads.
BYTES_A_BEAT = 250


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured: of one open, silent widget, of one look of the sweep, of one message."""

    memory_kib: float = 14.4
    cpu_minute: float = 0.0004
    sweep_ms: float = 1.2  # of PostgreSQL, for 500 customers
    message_cpu: float = 0.3e-3  # of a server process, in a busy stream
    kernel_kib: float = (
        8.0  # of the kernel for a quiet TCP connection; twice that behind a proxy on the same machine
    )
    process_mib: float = 120.0


USUAL = Costs()


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is to be served, and how it is cut up."""

    widgets: int
    known: float  # of them belong to customers; the others have never written, and are swept for nothing
    messages: float  # a second, all together
    a_process: int
    a_machine: int
    sweep: float
    heartbeat: float


def needs(fleet: Fleet, costs: Costs) -> dict[str, str]:
    """What it takes, by name."""
    processes = math.ceil(fleet.widgets / fleet.a_process)
    machines = math.ceil(processes / fleet.a_machine)
    idle = fleet.widgets * costs.cpu_minute / 60
    talking = 2 * fleet.messages * costs.message_cpu  # the other side usually sits on another process
    keys = fleet.widgets * fleet.known
    sweeps = (math.ceil(fleet.a_process * fleet.known / 500) * processes) / fleet.sweep
    memory = fleet.widgets * costs.memory_kib / 2**20 + processes * costs.process_mib / 1024
    cores = (idle + talking) / 0.6
    return {
        "server processes": f"{processes:,} of {fleet.a_process:,} sockets",
        "machines": f"{machines:,} of {fleet.a_machine} processes",
        "file descriptors": f"{fleet.a_process + 200:,} a process (LimitNOFILE), twice that in nginx",
        "memory of the servers": f"{memory:,.0f} GiB, and {fleet.widgets * costs.kernel_kib / 2**20:,.0f} GiB of the kernel",
        "processor of idle sockets": f"{idle:,.1f} cores busy",
        "processor of messages": f"{talking:,.1f} cores busy",
        "cores, 60 % busy": f"{math.ceil(cores):,}",
        "heartbeats": f"{fleet.widgets / fleet.heartbeat:,.0f} a second,"
        f" {fleet.widgets / fleet.heartbeat * BYTES_A_BEAT * 8 / 1e6:,.0f} Mbit/s",
        "sweep": f"{sweeps:,.0f} statements a second for {keys / fleet.sweep:,.0f} customers a second",
        "PostgreSQL for the sweep": f"{sweeps * costs.sweep_ms / 1000:,.1f} cores busy",
        "looks at access": f"{processes * 5:,} statements a second",
        "places in the queue": f"{processes:,} statements a second",
        "PostgreSQL connections": f"{processes * 8:,} at most with DATABASE_POOL as it comes, {processes * 2:,} at its least",
        "Redis": f"{fleet.messages * 3:,.0f} publishes a second, each heard by the processes that follow its topics",
    }


def main() -> int:
    """Work it out and print it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.scale.million", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--widgets", type=int, default=1_000_000, help="open at once (1,000,000)")
    parser.add_argument("--known", type=float, default=0.3, help="share of customers among them (0.3)")
    parser.add_argument("--messages", type=float, default=2_000, help="a second, all together (2,000)")
    parser.add_argument("--a-process", type=int, default=5_000, help="sockets of a process (5,000)")
    parser.add_argument("--a-machine", type=int, default=8, help="processes of a machine (8)")
    parser.add_argument("--sweep", type=float, default=5, help="SWEEP, in seconds (5)")
    parser.add_argument("--heartbeat", type=float, default=25, help="HEARTBEAT, in seconds (25)")
    parser.add_argument("--memory-kib", type=float, default=USUAL.memory_kib, help="of one widget (14.4)")
    parser.add_argument("--cpu-minute", type=float, default=USUAL.cpu_minute, help="of one widget (0.0004)")
    parser.add_argument("--sweep-ms", type=float, default=USUAL.sweep_ms, help="for 500 customers (1.2)")
    parser.add_argument("--measure", type=int, metavar="N", help="measure the first two with N widgets")
    parser.add_argument("--filled", metavar="URL", help="measure the third on this database")
    given = parser.parse_args()
    memory, cpu, sweep_ms = given.memory_kib, given.cpu_minute, given.sweep_ms
    if given.measure:
        memory, cpu = asyncio.run(_one_widget(given.measure))
    if given.filled:
        sweep_ms = _one_look(given.filled)
    costs = Costs(memory_kib=memory, cpu_minute=cpu, sweep_ms=sweep_ms)
    fleet = Fleet(
        *(given.widgets, given.known, given.messages, given.a_process, given.a_machine),
        *(given.sweep, given.heartbeat),
    )
    print(
        f"one widget: {memory:.1f} KiB, {cpu:.5f} CPU-s a minute; a look at 500 customers: {sweep_ms:.1f} ms"
    )
    print(tabulate(needs(fleet, costs).items(), tablefmt="plain", disable_numparse=True))
    return 0


async def _one_widget(sockets: int) -> tuple[float, float]:
    """KiB and CPU-seconds a minute of one silent widget, from so many of them."""
    from tests.load.__main__ import _lift_file_limit
    from tests.load.idle import measure_idle
    from tests.load.servers import running

    _lift_file_limit()
    with running("daphne", 1) as servers:
        pids = [one.process.pid for one in servers if one.process]
        idle = await measure_idle(servers[0].url, "demo", sockets=sockets, seconds=60, pids=pids)
    return idle.memory / 1024, idle.cpu_per_minute


def _one_look(url: str) -> float:
    """Milliseconds that PostgreSQL plans and works for the heads of 500 customers, the median of twenty times."""
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.db import connection
    from django.db.models.functions import Random

    from chat.selectors.heads import open_heads
    from customers.models import Customer
    from tests.scale.capture import recording

    keys = list(Customer.objects.order_by(Random()).values_list("id", flat=True)[:10_000])
    with recording() as recorder:
        for start in range(0, len(keys), 500):
            with recorder.during(str(start)):
                open_heads("customer_id", keys[start : start + 500])
    took = []
    for statement in recorder.statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement.text}", statement.values)
            spent = [row[0].split() for row in cursor.fetchall() if row[0].endswith(" ms")]
        took.append(sum(float(words[-2]) for words in spent))
    return sorted(took)[len(took) // 2]


if __name__ == "__main__":
    sys.exit(main())
