"""Who says hello stands in line: in order, not in vain, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chat.consumers import line as lines
from chat.consumers import runtime
from chat.consumers.customer import CustomerSocket
from chat.consumers.incoming import GONE, MOST_AHEAD, Incoming
from chat.consumers.line import Crowded, Line
from chat.errors import Unavailable
from tests.support.cast import until


async def _stay() -> None:
    await asyncio.Event().wait()


class People:
    """Who came into the line, in the order in which their turn came."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.inside: list[str] = []

    async def comes(self, name: str, left: Callable[[], Awaitable[None]] = _stay) -> bool:
        """Stand in line until it is their turn, and stay inside."""
        mine = await self.line.enter(left)
        if mine:
            self.inside.append(name)
        return mine


async def test_one_after_the_other_in_the_order_of_coming() -> None:
    people = People(Line(2))
    tasks = [asyncio.create_task(people.comes(name)) for name in "abcde"]
    await until(lambda: len(people.line) == 3)
    assert people.inside == ["a", "b"]
    for number, inside in ((2, "abc"), (1, "abcd"), (0, "abcde")):
        people.line.leave()
        await until(lambda inside=inside: people.inside == list(inside))  # type: ignore[misc]
        assert len(people.line) == number
    assert await asyncio.gather(*tasks) == [True] * 5
    people.line.leave()
    people.line.leave()
    assert await people.comes("f")
    assert await people.comes("g"), "all places are free again"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(people.comes("h"), 0.05)


async def test_who_has_left_is_passed_over() -> None:
    people, bored = People(Line(1)), asyncio.Event()

    async def left() -> None:
        await bored.wait()

    await people.comes("a")
    second, third = asyncio.create_task(people.comes("b", left)), asyncio.create_task(people.comes("c"))
    await until(lambda: len(people.line) == 2)
    bored.set()
    assert await second is False
    people.line.leave()
    assert await third
    assert people.inside == ["a", "c"]


async def test_a_turn_that_nobody_takes_any_more_goes_to_the_next() -> None:
    """The connection's task is cancelled in the moment in which its turn has come; or before."""
    people = People(Line(1))
    await people.comes("a")
    tasks = [asyncio.create_task(people.comes(name)) for name in "bcd"]
    await until(lambda: len(people.line) == 3)
    tasks[1].cancel()
    people.line.leave()
    tasks[0].cancel()
    assert await tasks[2]
    assert people.inside == ["a", "d"]
    assert len(people.line) == 0


async def test_not_for_ever_and_with_a_time_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 2.0)
    people = People(Line(1))
    await people.comes("a")
    waiting = [asyncio.create_task(people.comes(str(number))) for number in range(300)]
    await until(lambda: len(people.line) == 300)
    for _ in range(5):
        people.line.leave()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert ends[:5] == [True] * 5
    refused = [end for end in ends if isinstance(end, Crowded)]
    assert len(refused) == 295
    waits = [end.retry_after or 0 for end in refused]
    assert min(waits) > 0
    assert max(waits) <= lines.COME_AGAIN
    assert sum(waits[-50:]) > sum(waits[:50]), "who had more before them comes later"
    assert (refused[0].code, refused[0].retry) == ("unavailable", True)
    people.line.leave()
    assert await people.comes("later"), "nobody who was sent away has kept a place"


async def _said(*messages: dict[str, Any]) -> tuple[Incoming, asyncio.Queue[dict[str, Any]]]:
    queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    for message in messages:
        queue.put_nowait(message)
    return Incoming(queue.get), queue


async def test_what_is_said_meanwhile_is_heard_afterwards() -> None:
    incoming, queue = await _said({"type": "websocket.receive", "text": "1"})
    leaving = asyncio.create_task(incoming.left())
    await asyncio.sleep(0.01)
    queue.put_nowait({"type": "websocket.receive", "text": "2"})
    await asyncio.sleep(0.01)
    assert not leaving.done()
    leaving.cancel()
    await asyncio.wait({leaving})
    queue.put_nowait({"type": "websocket.receive", "text": "3"})
    assert [(await incoming.next())["text"] for _ in range(3)] == ["1", "2", "3"]


async def test_the_end_is_heard_behind_what_was_said() -> None:
    incoming, _ = await _said({"type": "websocket.receive", "text": "1"}, {"type": GONE})
    await asyncio.wait_for(incoming.left(), 1)
    assert [(await incoming.next())["type"] for _ in range(2)] == ["websocket.receive", GONE]


async def test_only_so_much_is_kept() -> None:
    incoming, queue = await _said(*({"type": "websocket.receive", "text": str(n)} for n in range(100)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(incoming.left(), 0.05)
    assert queue.qsize() == 100 - MOST_AHEAD, "the rest waits where reading can be paused"


@pytest.fixture
def socket(monkeypatch: pytest.MonkeyPatch) -> CustomerSocket:
    """A customer's socket whose peer stays and whose token is good."""
    monkeypatch.setattr("chat.consumers.greeting.visit_of", lambda _: object())
    made = CustomerSocket()
    made.incoming = Incoming(asyncio.Queue().get)
    return made


async def test_a_hello_stands_in_line(socket: CustomerSocket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 0.05)
    monkeypatch.setattr(runtime.current(), "line", Line(0))
    with pytest.raises(Crowded):
        await socket.hello({"token": "t"})


async def test_a_hello_gives_its_place_back_however_it_ends(
    socket: CustomerSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[Exception | None] = [None, Unavailable(), None]

    async def welcome(*_: object) -> dict[str, int]:
        if end := ends.pop(0):
            raise end
        return {}

    monkeypatch.setattr(runtime.current(), "line", Line(1))
    monkeypatch.setattr(socket, "_welcome", welcome)
    await socket.hello({"token": "t"})
    with pytest.raises(Unavailable):
        await socket.hello({"token": "t"})
    await asyncio.wait_for(socket.hello({"token": "t"}), 1)
    assert not ends
