"""The hub behind Channels' layer interface, so that `group_send` works for any consumer or library."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer

from chat.hub import hub


class _Mailbox:
    """A channel: what was sent to it waits here, up to `capacity`."""

    def __init__(self, capacity: int) -> None:
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(capacity)

    def push(self, text: str) -> None:
        try:
            self.queue.put_nowait(json.loads(text))
        except asyncio.QueueFull:
            pass  # Channels promises at most once; a full channel loses, as its documentation says


class HubChannelLayer(BaseChannelLayer):
    """Channels' `send`, `receive`, `group_add`, `group_discard` and `group_send` over the hub.

    Messages must be JSON: they travel over the hub's bus to other processes.
    """

    extensions = ["groups"]

    def __init__(self, capacity: int = 1000, **options: Any) -> None:
        super().__init__(capacity=capacity, **options)
        self._mailboxes: dict[str, _Mailbox] = {}

    async def new_channel(self, prefix: str = "specific") -> str:
        """A name that nobody else has; the channel is heard from now on."""
        name = f"{prefix}.{uuid.uuid4().hex}"
        await self._mailbox(name)
        return name

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Send to one channel. Raises ChannelFull when it is in this process and full."""
        self.require_valid_channel_name(channel)
        box = self._mailboxes.get(channel)
        if box is not None and box.queue.full():
            raise ChannelFull
        hub.current().publish([f"channel:{channel}"], json.dumps(message))

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message of a channel; waits for it."""
        box = await self._mailbox(channel)
        try:
            return await box.queue.get()
        except asyncio.CancelledError:
            if box.queue.empty():
                hub.current().leave(box)
                self._mailboxes.pop(channel, None)
            raise

    async def group_add(self, group: str, channel: str) -> None:
        """Let a channel hear a group."""
        self.require_valid_group_name(group)
        await hub.current().follow(f"group:{group}", await self._mailbox(channel))

    async def group_discard(self, group: str, channel: str) -> None:
        """Let it hear it no longer."""
        if (box := self._mailboxes.get(channel)) is not None:
            hub.current().unfollow(f"group:{group}", box)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send to every channel of a group, in every process."""
        self.require_valid_group_name(group)
        hub.current().publish([f"group:{group}"], json.dumps(message))

    async def _mailbox(self, channel: str) -> _Mailbox:
        box = self._mailboxes.get(channel)
        if box is None:
            box = self._mailboxes[channel] = _Mailbox(self.capacity)
            await hub.current().follow(f"channel:{channel}", box)
        return box
