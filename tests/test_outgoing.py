"""What waits for one peer: in order, bounded, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from typing import Any

from chat.consumers.outgoing import Outgoing

MOST = 1000


class Peer:
    """Takes a frame whenever it is allowed to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.reads = asyncio.Semaphore(0)
        self.gone = False
        self.overflows = 0
        self.outgoing = Outgoing(self._take, most=MOST, overflow=self._overflow)

    async def _take(self, message: dict[str, Any]) -> None:
        await self.reads.acquire()
        if self.gone:
            raise ConnectionError
        self.taken.append(message["text"])

    def _overflow(self) -> None:
        self.overflows += 1

    async def read(self, frames: int) -> None:
        """Take so many frames."""
        for _ in range(frames):
            self.reads.release()
        await asyncio.sleep(0.02)


async def test_frames_go_out_in_order_as_fast_as_they_are_taken() -> None:
    peer = Peer()
    for number in range(5):
        peer.outgoing.push(str(number))
    await peer.read(2)
    assert peer.taken == ["0", "1"]
    await peer.read(3)
    peer.outgoing.push("5")
    await peer.read(1)
    assert peer.taken == list("012345")
    assert not peer.outgoing.size


async def test_too_much_for_one_peer_is_thrown_away_and_told_once() -> None:
    peer = Peer()
    for _ in range(12):
        peer.outgoing.push("x" * 100)
        await asyncio.sleep(0)
    assert peer.overflows == 1
    assert peer.outgoing.size <= MOST // 10, "what came after the overflow, and nothing from before"


async def test_one_frame_may_be_as_large_as_it_is() -> None:
    peer = Peer()
    peer.outgoing.push("x" * 10 * MOST)
    await peer.read(1)
    assert not peer.overflows
    assert [len(text) for text in peer.taken] == [10 * MOST]


async def test_letters_beyond_ascii_are_counted_higher() -> None:
    peer = Peer()
    for _ in range(5):
        peer.outgoing.push("я" * 100)
    assert peer.overflows == 1


async def test_room_waits_for_the_peer() -> None:
    peer = Peer()
    await asyncio.wait_for(peer.outgoing.room(), 1)
    for _ in range(8):
        peer.outgoing.push("x" * 100)
    waiting = asyncio.create_task(peer.outgoing.room())
    await peer.read(4)
    assert not waiting.done()
    await peer.read(1)
    assert waiting.done()


async def test_a_peer_that_is_gone_holds_nobody_up() -> None:
    peer = Peer()
    for _ in range(8):
        peer.outgoing.push("x" * 100)
    waiting = asyncio.create_task(peer.outgoing.room())
    peer.gone = True
    await peer.read(1)
    assert waiting.done()
    peer.outgoing.push("nothing more")
    await asyncio.wait_for(peer.outgoing.room(), 1)
    assert not peer.taken
    assert not peer.outgoing.size
