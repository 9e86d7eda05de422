"""The raw echo: how many frames a second the same client gets back from the same kind of server."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable

import orjson

from tests.load.meter import read
from tests.load.servers import Echo
from tests.load.talk import TEXT, Result
from tests.load.wire import Wire


async def measure_echo(kind: str, *, sockets: int, window: int, seconds: float) -> Result:
    """Every socket keeps `window` frames on their way; the frames look like those of a conversation."""
    with Echo(kind) as echo:
        assert echo.process
        pid, latency, running = echo.process.pid, array("d"), True
        wires = [await Wire.open(echo.ws) for _ in range(sockets)]

        def hearing(wire: Wire) -> Callable[[bytes], None]:
            def hear(data: bytes) -> None:
                latency.append(time.perf_counter() - orjson.loads(data)["at"])
                if running:
                    wire.send(_frame())

            return hear

        for wire in wires:
            wire.on_text = hearing(wire)
            for _ in range(window):
                wire.send(_frame())
        await asyncio.sleep(1.0)
        del latency[:]
        before, own = read([pid]), time.process_time()
        await asyncio.sleep(seconds)
        after, own_after, counted = read([pid]), time.process_time(), latency[:]
        running = False
        await asyncio.sleep(0.1)
        for wire in wires:
            wire.close()
        return Result(
            seconds=after.at - before.at,
            messages=len(counted),
            latency=counted,
            server_cpu=after.cpu - before.cpu,
            client_cpu=own_after - own,
            memory=after.memory,
        )


def _frame() -> dict[str, object]:
    client_id = "00000000-0000-4000-8000-000000000000"
    return {
        "type": "message.send",
        "conversation": client_id,
        "client_id": client_id,
        "text": TEXT,
        "at": time.perf_counter(),
    }
