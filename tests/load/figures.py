"""What a run found, as plain numbers that another program can read, and as rows of a table."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from tabulate import tabulate

from chat.replay.figures import percentile
from tests.load.herd import Herd
from tests.load.idle import Idle
from tests.load.talk import Result

Row = dict[str, object]
#: Numbers and names only; the keys are those of the functions below.
Numbers = dict[str, Any]
JSON = "json"


def spread(times: Sequence[float]) -> list[float]:
    """Milliseconds that half, 95 and 99 of a hundred keep to, from seconds."""
    return [percentile(array("d", times), share) * 1000 for share in (0.5, 0.95, 0.99)]


def of_load(name: str, result: Result, ceiling: Result | None = None) -> Numbers:
    """One stretch of load; `of_echo` beside the raw echo of the same run."""
    return {
        "load": name,
        "rate": result.rate,
        "milliseconds": spread(result.latency),
        "cpu": result.server_cpu / max(result.messages, 1) * 1000,
        "memory": result.memory,
        "client": result.client_cpu / result.seconds,
        "of_echo": result.rate / ceiling.rate if ceiling else None,
        "errors": result.errors,
        "overtaken": result.overtaken,
    }


def of_idle(idle: Idle) -> Numbers:
    """Open, silent widgets: bytes and seconds a minute, each."""
    return {
        "sockets": idle.sockets,
        "memory": idle.memory,
        "cpu": idle.cpu_per_minute,
        "connected": idle.connected_per_second,
    }


def of_herd(name: str, herd: Herd) -> Numbers:
    """Everybody's way back, in seconds until half, 95 of a hundred and all were heard."""
    return {
        "how": name,
        "clients": herd.clients,
        "seconds": [percentile(array("d", herd.back), share) for share in (0.5, 0.95, 1.0)],
        "tries": herd.tries / herd.clients,
        "closes": {str(code): count for code, count in herd.closes.most_common()},
        "lost": herd.lost,
        "doubled": herd.doubled,
    }


def load_row(found: Numbers) -> Row:
    """A row about a stretch of load."""
    return {
        "load": found["load"],
        "messages/s": f"{found['rate']:,.0f}",
        "of raw echo": f"{found['of_echo']:.2f}" if found["of_echo"] else "",
        "p50 / p95 / p99 ms": " / ".join(f"{one:.1f}" for one in found["milliseconds"]),
        "server CPU-s per 1,000": f"{found['cpu']:.3f}",
        "server memory": f"{found['memory'] / 2**20:.0f} MiB",
        "client busy": f"{found['client']:.0%}",
        "errors": found["errors"],
        "overtaken": found["overtaken"],
    }


def idle_row(found: Numbers) -> Row:
    """A row about open, silent widgets."""
    return {
        "open, silent widgets": f"{found['sockets']:,}",
        "memory each": f"{found['memory'] / 1024:.1f} KiB",
        "CPU-s a minute each": f"{found['cpu']:.5f}",
        "connected a second": f"{found['connected']:.0f}",
    }


def herd_row(found: Numbers) -> Row:
    """A row about everybody's way back."""
    return {
        "everybody comes back": found["how"],
        "clients": f"{found['clients']:,}",
        "back and heard, p50 / p95 / last": " / ".join(f"{one:.1f}" for one in found["seconds"]) + " s",
        "tries each": f"{found['tries']:.1f}",
        "closed with": ", ".join(f"{code}: {count}" for code, count in found["closes"].items()),
        "lost": found["lost"],
        "doubled": found["doubled"],
    }


def table(rows: Sequence[Mapping[str, object]], form: str = "github") -> str:
    """Rows as a table; `form` as tabulate names them."""
    return tabulate(rows, headers="keys", tablefmt=form, disable_numparse=True)


def as_json(found: Numbers) -> str:
    """One line for another program."""
    return json.dumps(found, separators=(",", ":"))
