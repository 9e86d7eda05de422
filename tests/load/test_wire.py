"""The lean client against an echo: every way to write a length, many frames at once, fragments, pings."""

from __future__ import annotations

import asyncio

import orjson
import pytest
import uvicorn
import websockets

from tests.load import echo
from tests.load.wire import Wire


async def _echoing() -> tuple[uvicorn.Server, asyncio.Task[None], str]:
    config = uvicorn.Config(
        echo.application, port=0, log_level="error", lifespan="off", ws="websockets-sansio"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    return server, task, f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"


async def test_frames_of_every_size_come_back_in_order() -> None:
    server, task, url = await _echoing()
    wire, back, done = await Wire.open(url), [], asyncio.Event()
    sizes = [0, 100, 105, 106, 120, 126, 5_000, 65_500, 65_536, 200_000]

    def take(data: bytes) -> None:
        back.append(orjson.loads(data))
        if len(back) == len(sizes):
            done.set()

    wire.on_text = take
    for size in sizes:
        wire.send({"text": "é" * (size // 2)})
    await asyncio.wait_for(done.wait(), 20)
    assert [len(frame["text"]) for frame in back] == [size // 2 for size in sizes]
    wire.close()
    server.should_exit = True
    await task


async def test_fragments_pings_and_a_close_are_understood() -> None:
    async def other(socket: websockets.ServerConnection) -> None:
        await socket.send(['{"te', 'xt":', '"whole"}'])
        await (await socket.ping())
        await socket.close(4429, "too fast")

    async with websockets.serve(
        other, "127.0.0.1", 0, subprotocols=[websockets.Subprotocol("rapport.v1")]
    ) as server:
        port = server.sockets[0].getsockname()[1]
        wire = await Wire.open(f"ws://127.0.0.1:{port}/")
        wire.on_text = lambda data: wire.heard.append(orjson.loads(data))
        while wire.closed is None:
            await asyncio.sleep(0.01)
    assert wire.heard == [{"text": "whole"}]
    assert wire.closed == 4429


async def test_a_refused_handshake_is_an_error() -> None:
    async def refuse(connection: websockets.ServerConnection, request: object) -> websockets.Response:
        return connection.respond(403, "no")

    async def nobody(socket: websockets.ServerConnection) -> None:
        raise AssertionError("nobody gets here")

    async with websockets.serve(nobody, "127.0.0.1", 0, process_request=refuse) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionError, match="403"):
            await Wire.open(f"ws://127.0.0.1:{port}/")
