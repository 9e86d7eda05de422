"""`python -m tests.load.file`: does it take longer with more on file? Sessions, return cards, and a long queue.

For each size a server of its own on a database filled by `tests.scale.seed`. Known browsers come back one after
another, begin a conversation, and a technician takes it after PAUSE seconds and is shown the return card. Then two technicians claim the
same waiting conversations at the same moment.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import orjson
import psycopg

from tests.load.figures import JSON, Numbers, Row, as_json, spread, table
from tests.load.meter import machine, read
from tests.load.servers import hire
from tests.load.wire import Frame, Wire
from tests.scale.size import device_token
from tests.support.installation import Installation, Server
from tools.environment import ROOT

#: The usual proportion of `tests.scale.size`.
EVENTS_A_CUSTOMER = 10
#: Seconds until a conversation is taken: nobody is quicker than to see that it is there. `--pause` says otherwise.
PAUSE = 0.6


@dataclass(slots=True)
class Times:
    """Seconds of each kind, and what became of the claims."""

    session: array[float] = field(default_factory=lambda: array("d"))
    hello: array[float] = field(default_factory=lambda: array("d"))
    card: array[float] = field(default_factory=lambda: array("d"))
    both: array[float] = field(default_factory=lambda: array("d"))
    claim: array[float] = field(default_factory=lambda: array("d"))
    disk: array[float] = field(
        default_factory=lambda: array("d")
    )  # a page written and synced, beside each claim
    winners: list[int] = field(default_factory=list)
    cpu: float = 0.0  # of the server for each visit: the same on a busy machine


def main() -> int:
    """Measure and print; 1 when a claim had not exactly one winner."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.file", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--customers", default="10000,100000", help="sizes (10000,100000; also 1000000)")
    parser.add_argument("--database-url", help="PostgreSQL to make databases in instead of SQLite files")
    parser.add_argument(
        "--filled", help="besides, a PostgreSQL database that `tests.scale.seed` has filled already"
    )
    parser.add_argument("--filled-customers", type=int, default=1_000_000, help="its customers (1,000,000)")
    parser.add_argument(
        "--warm",
        type=int,
        default=50,
        help="returns before those that are measured: a server just started (50)",
    )
    parser.add_argument("--rounds", type=int, default=200, help="returns, and claims (200)")
    parser.add_argument("--waiting", type=int, default=10_000, help="conversations in the queue (10,000)")
    parser.add_argument(
        "--pause",
        type=float,
        default=PAUSE,
        help=f"seconds that a conversation waits until it is taken ({PAUSE})",
    )
    parser.add_argument(
        "--format", default="simple", help="form of the table, as tabulate names them (simple), or json"
    )
    options = parser.parse_args()
    if options.database_url:
        os.environ["DATABASE_URL"] = options.database_url
    sizes = [int(one) for one in options.customers.split(",") if one] + [0] * bool(options.filled)
    if not sizes:
        parser.error("nothing to measure: give --customers or --filled")
    with contextlib.redirect_stdout(sys.stderr if options.format == JSON else sys.stdout):
        found = [_numbers(size or options.filled_customers, _measured(size, options)) for size in sizes]
        print(machine())
        storage = "PostgreSQL" if options.database_url or options.filled else "SQLite"
        print(f"{storage}, {options.rounds} rounds")
    if options.format == JSON:
        print(as_json({"sizes": found}))
    else:
        print(table([file_row(one, found[0]) for one in found], options.format))
    return 0 if all(one["won once"] == one["claims"] for one in found) else 1


def _numbers(customers: int, times: Times) -> Numbers:
    kinds = ("session", "hello", "card", "both", "claim", "disk")
    return {
        "customers": customers,
        **{kind: spread(getattr(times, kind)) for kind in kinds},
        "cpu": times.cpu * 1000,
        "won once": times.winners.count(1),
        "claims": len(times.winners),
    }


def file_row(found: Numbers, first: Numbers) -> Row:
    """A row about one size; `first` is what the others are held against."""
    kinds = {
        "session": "session",
        "card": "return card",
        "both": "session and card",
        "claim": "claim",
        "disk": "a page to the disk",
    }
    return {
        "customers": f"{found['customers']:,}",
        **{
            f"{name}, p50 / p99 ms": f"{found[kind][0]:.1f} / {found[kind][2]:.1f}"
            for kind, name in kinds.items()
        },
        "server CPU ms a visit": f"{found['cpu']:.0f}",
        "session and card, p50 to the first": f"{found['both'][0] / first['both'][0]:.2f}",
        "one winner": f"{found['won once']} of {found['claims']}",
    }


def _measured(customers: int, options: argparse.Namespace) -> Times:
    installation = Installation(fresh=True, DEMO="false", SOCKETS_PER_CUSTOMER="100000")
    try:
        if not customers:
            installation.environment["DATABASE_URL"] = options.filled
        else:
            _fill(installation, customers, options.waiting)
        _read_once(installation.environment.get("DATABASE_URL", ""))
        server = installation.server()
        return asyncio.run(
            _visits(
                server,
                hire_two(server),
                customers or options.filled_customers,
                rounds=options.rounds,
                warm=options.warm,
                pause=options.pause,
            )
        )
    finally:
        installation.close()


def hire_two(server: Server) -> list[str]:
    """Session cookies of two technicians, whatever their names."""
    return hire(server, 2, prefix=f"file-{uuid.uuid4().hex[:6]}")


def _fill(installation: Installation, customers: int, waiting: int) -> None:
    events = customers * EVENTS_A_CUSTOMER
    command = [sys.executable, "-m", "tests.scale.seed", "--events", str(events)]
    command += ["--waiting", str(min(waiting, events // 16))]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **installation.environment}, check=True)


def _read_once(url: str) -> None:
    """Have PostgreSQL read all but the log, as one that has been at work has: what is measured is not this disk."""
    if url.startswith("postgres"):
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
            database.execute(
                "SELECT pg_prewarm(oid::regclass) FROM pg_class WHERE relkind IN ('r', 'i')"
                " AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'chat_event%'"
            )


async def _visits(
    server: Server, cookies: list[str], customers: int, *, rounds: int, warm: int, pause: float
) -> Times:
    times, draw = Times(), random.Random(1)
    desks = [await _desk(server, cookie) for cookie in cookies]
    waiting = [row["id"] for row in desks[0][1]["conversations"] if row["status"] == "waiting"]
    desk = desks[0][0]
    cards: dict[str, asyncio.Future[float]] = {}

    def hear(frame: Frame) -> None:
        if frame["type"] == "context" and (card := cards.get(frame["conversation"])) and not card.done():
            card.set_result(time.perf_counter())

    _listen(desk, hear)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as http:
        await http.get(
            "/healthz"
        )  # whatever the client loads with its first request is not the server's time

        async def visit(times: Times) -> None:
            # The tenth writes to another inbox.
            number = draw.randrange(customers // 10) * 10 + draw.randrange(9)
            await _visit(http, server, device_token(number), desk, cards, times, pause)
            await asyncio.sleep(0.02)

        for _ in range(warm):  # a session of PostgreSQL reads its catalogue once
            await visit(Times())
        before = read([server.process.pid]) if server.process else None
        for _ in range(rounds):
            await visit(times)
    if before and server.process:
        times.cpu = (read([server.process.pid]).cpu - before.cpu) / rounds
    for conversation in waiting[:rounds]:
        await _race(conversation, [one for one, _ in desks], times)
        # The loser's and the winner's panels are not what is measured, nor what the server does at a certain pace.
        await asyncio.sleep(draw.uniform(0.08, 0.18))
        times.disk.append(await asyncio.to_thread(_page_synced))
    for one, _ in desks:
        one.close()
    return times


async def _visit(
    http: httpx.AsyncClient,
    server: Server,
    token: str,
    desk: Wire,
    cards: dict[str, asyncio.Future[float]],
    times: Times,
    pause: float,
) -> None:
    begin = time.perf_counter()
    answer = await http.post(
        "/api/widget/v1/session",
        json={"inbox": "demo", "device_token": token},
        headers={"Origin": server.url},
    )
    session = time.perf_counter() - begin
    assert answer.json()["returning"], "somebody on file was not known again"
    begin = time.perf_counter()
    wire = await Wire.open(f"ws{server.url[4:]}/ws/customer/", {"Origin": server.url})
    await wire.hello(token=answer.json()["access_token"], cursors={})
    times.hello.append(time.perf_counter() - begin)
    begun = await wire.ask("conversation.start", client_id=str(uuid.uuid4()), text="It stops halfway again")
    key = begun["conversation"]["id"]
    cards[key] = asyncio.get_running_loop().create_future()
    await asyncio.sleep(pause)
    begin = time.perf_counter()
    await desk.ask("conversation.claim", conversation=key)
    card = await asyncio.wait_for(cards[key], 30) - begin
    del cards[key]
    wire.close()
    times.session.append(session)
    times.card.append(card)
    times.both.append(session + card)


async def _race(conversation: str, desks: list[Wire], times: Times) -> None:
    """Both at once; how many were told that it is theirs, and after how long."""

    async def claim(desk: Wire) -> float | None:
        begin = time.perf_counter()
        try:
            await desk.ask("conversation.claim", conversation=conversation)
        except AssertionError:  # told who was quicker
            return None
        return time.perf_counter() - begin

    won = [took for took in await asyncio.gather(*map(claim, desks)) if took is not None]
    times.claim.extend(won)
    times.winners.append(len(won))


def _page_synced() -> float:
    """How long the disk takes for the least that a commit asks of it, in seconds."""
    with tempfile.TemporaryFile() as file:
        file.write(bytes(8192))
        begin = time.perf_counter()
        file.flush()
        os.fsync(file.fileno())
        return time.perf_counter() - begin


async def _desk(server: Server, cookie: str) -> tuple[Wire, Frame]:
    wire = await Wire.open(f"ws{server.url[4:]}/ws/console/", {"Cookie": cookie, "Origin": server.url})
    welcome = await wire.hello(cursors={})
    await wire.ask("availability", state="online")
    return wire, welcome


def _listen(wire: Wire, hear: Callable[[Frame], None]) -> None:
    answered = wire.on_text

    def both(data: bytes) -> None:
        hear(orjson.loads(data))
        answered(data)

    wire.on_text = both


if __name__ == "__main__":
    sys.exit(main())
