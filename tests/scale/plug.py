"""Sockets of the product in this process, without a server: frames in, frames out."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from chat.consumers.routing import sockets

Frame = dict[str, Any]


class Plug:
    """One socket. `heard` is everything it was told."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        self.heard: list[Frame] = []
        self._inbound: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Event()
        scope = {
            "type": "websocket",
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "subprotocols": ["rapport.v1"],
        }
        self._inbound.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(sockets(scope, self._inbound.get, self._send))

    async def ask(self, kind: str, /, **fields: Any) -> Frame:
        """Send a frame and wait for its answer. Raises AssertionError for an error."""
        ref = f"r{len(self.heard)}{kind}"
        frame = {"type": kind, "ref": ref, **fields}
        self._inbound.put_nowait({"type": "websocket.receive", "text": orjson.dumps(frame).decode()})
        answer = await self.wait(lambda one: one.get("ref") == ref or one["type"] == kind == "welcome")
        assert answer["type"] != "error", answer
        return answer

    async def wait(self, wanted: Any) -> Frame:
        """The first frame that is `wanted`, now or soon."""
        async with asyncio.timeout(30):
            while True:
                for frame in self.heard:
                    if wanted(frame):
                        return frame
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Go, and wait until it is over."""
        self._inbound.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self._task

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self.heard.append(orjson.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.heard.append({"type": "closed", "code": message.get("code")})
        self._news.set()
