"""Open, silent widgets: what each of them costs in memory and in processor time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from tests.load.meter import read
from tests.load.talk import session_token
from tests.load.wire import Wire


@dataclass(frozen=True, slots=True)
class Idle:
    """Bytes of server memory and seconds of processor time a minute, each for one open widget."""

    sockets: int
    memory: float
    cpu_per_minute: float
    connected_per_second: float


async def measure_idle(url: str, inbox: str, *, sockets: int, seconds: float, pids: list[int]) -> Idle:
    """Open so many widgets that say nothing, and watch the server for a while.

    Sessions are opened before memory is read for the first time, so that only the sockets are weighed.
    """
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        tokens = [await session_token(http, url, inbox) for _ in range(sockets)]
        # Sockets opened and closed once leave behind what the allocator keeps anyway.
        for wire in await _open(url, tokens[:20]):
            wire.close()
        await asyncio.sleep(1)
        before = read(pids)
        wires = await _open(url, tokens)
        connected = read(pids)
        await asyncio.sleep(2)
        start = read(pids)
        await asyncio.sleep(seconds)
        end = read(pids)
        alive = sum(wire.closed is None for wire in wires)
        for wire in wires:
            wire.close()
    return Idle(
        sockets=alive,
        memory=(end.memory - before.memory) / sockets,
        cpu_per_minute=(end.cpu - start.cpu) / (end.at - start.at) * 60 / sockets,
        connected_per_second=sockets / (connected.at - before.at),
    )


async def _open(url: str, tokens: list[str]) -> list[Wire]:
    wires: list[Wire] = []
    for begin in range(0, len(tokens), 20):  # twenty at a time, as a busy site would
        wires += await asyncio.gather(*(_one(url, token) for token in tokens[begin : begin + 20]))
    return wires


async def _one(url: str, token: str) -> Wire:
    wire = await Wire.open(f"ws{url[4:]}/ws/customer/", {"Origin": url})
    await wire.hello(token=token, cursors={})
    return wire
