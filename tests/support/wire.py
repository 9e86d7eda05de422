"""A websocket that remembers every frame, so that a test can ask, and wait for what it expects."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from typing import Any, Self

import websockets
from websockets.asyncio.client import ClientConnection

Frame = dict[str, Any]
PATIENCE = 10.0  # seconds; only a failing test waits this long


class Wire:
    """One socket. `heard` holds all frames in order; `close_code` is set once it is closed."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.heard: list[Frame] = []
        self.close_code: int | None = None
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, **options: Any) -> Self:
        """Connect with the protocol's subprotocol; `options` go to `websockets.connect`."""
        settings = {"subprotocols": ["rapport.v1"], "open_timeout": 15, "max_size": None, "compression": None}
        return cls(await websockets.connect(url, **{**settings, **options}))

    async def send(self, type: str, **fields: Any) -> str:  # noqa: A002  (the protocol's word)
        """Send a frame and return its `ref`, one made for it unless given."""
        ref = str(fields.pop("ref", None) or uuid.uuid4().hex)
        await self.raw(json.dumps({"type": type, "ref": ref, **fields}))
        return ref

    async def raw(self, data: str | bytes) -> None:
        """Send anything at all."""
        await self.connection.send(data)

    async def ask(self, type: str, *, within: float = PATIENCE, **fields: Any) -> Frame:  # noqa: A002
        """Send a frame and return its answer, which may be an `error`."""
        since = len(self.heard)
        ref = await self.send(type, **fields)
        return await self.wait(ref=ref, since=since, within=within)

    async def wait(
        self,
        where: Callable[[Frame], bool] = lambda frame: True,
        *,
        since: int = 0,
        within: float = PATIENCE,
        **fields: Any,
    ) -> Frame:
        """The first frame from `heard[since]` on that has these fields and fulfils `where`.

        Raises AssertionError when the socket closes or `within` seconds pass without it.
        """

        def found() -> Frame | None:
            fitting = (f for f in self.heard[since:] if all(f.get(k) == v for k, v in fields.items()))
            return next((f for f in fitting if where(f)), None)

        async with self._news:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._news.wait_for(lambda: found() or self.close_code is not None)
        frame = found()
        if frame is None:
            end = f"closed with {self.close_code}" if self.close_code else f"nothing within {within} s"
            raise AssertionError(f"no frame {fields}: {end}; last heard {self.heard[-4:]}")
        return frame

    async def event(self, kind: str, conversation: str, **more: Any) -> Frame:
        """Wait for an event of a conversation; `more` as in `wait`."""
        return await self.wait(type="event", kind=kind, conversation=conversation, **more)

    async def closed(self, *, within: float = PATIENCE) -> int:
        """The close code, once the other side has closed."""
        async with self._news, asyncio.timeout(within):
            await self._news.wait_for(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    def of_type(self, type: str, **fields: Any) -> list[Frame]:  # noqa: A002
        """All frames of a type heard so far with these fields."""
        return [
            f for f in self.heard if f.get("type") == type and all(f.get(k) == v for k, v in fields.items())
        ]

    async def close(self) -> None:
        """Close it and end its reader."""
        await self.connection.close()
        await self._reader

    async def _read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for data in self.connection:
                async with self._news:
                    self.heard.append(json.loads(data))
                    self._news.notify_all()
        async with self._news:
            self.close_code = self.connection.close_code or 1006
            self._news.notify_all()
