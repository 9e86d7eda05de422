"""Frames are hints: who gets them, once each, across processes; and what happens when they are lost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from channels.exceptions import ChannelFull
from django.conf import settings

from chat.consumers import heads
from chat.hub import bus, topics
from chat.hub.bus import Bus
from chat.hub.hub import Hub, current
from chat.hub.layer import HubChannelLayer
from chat.selectors.heads import open_heads
from tests.faults.chatter import Treated
from tests.support.cast import Cast, numbers, until
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.installation import Installation, Server
from tests.support.wire import Frame
from tools.services.process import free_port


class Ear:
    """Whoever listens."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def push(self, text: str) -> None:
        self.heard.append(text)


async def test_every_listener_gets_a_frame_once_however_many_topics_it_follows() -> None:
    hub, both, one, other = Hub(), Ear(), Ear(), Ear()
    for topic, ear in (("a", both), ("b", both), ("a", one), ("c", other)):
        await hub.follow(topic, ear)
    hub.publish(["a", "b"], "x")
    assert (both.heard, one.heard, other.heard) == (["x"], ["x"], [])
    hub.unfollow("a", both)
    hub.publish(["a"], "y")
    hub.publish(["b"], "z")
    assert (both.heard, one.heard) == (["x", "z"], ["x", "y"])
    hub.leave(both)
    hub.leave(both)
    hub.unfollow("nothing", one)
    hub.publish(["a", "b"], "last")
    assert both.heard == ["x", "z"]
    assert (hub.listeners("a"), hub.listeners("b"), hub.followed("a")) == (1, 0, [""])


async def test_somebody_may_leave_while_a_frame_is_handed_out() -> None:
    hub = Hub()

    class Leaver(Ear):
        def push(self, text: str) -> None:
            super().push(text)
            hub.leave(self)

    leavers = [Leaver() for _ in range(5)]
    for leaver in leavers:
        await hub.follow("a", leaver)
    hub.publish(["a"], "x")
    hub.publish(["a"], "y")
    assert [leaver.heard for leaver in leavers] == [["x"]] * 5


async def test_a_sweep_feeds_nothing_that_came_while_it_was_reading(monkeypatch) -> None:
    """Event 5 is being read from the database when 5 and 6 are announced."""
    here, ear, conversation, customer = current(), Ear(), uuid4(), uuid4()
    await here.follow(topics.conversation(conversation), ear)
    here.heads[conversation] = (4, 3)

    async def in_database(work: Callable[..., Any], *given: Any, **how: Any) -> Any:
        if work is open_heads:
            return {conversation: (customer, None, 5, 4)} if given[0] == "id" and given[1] else {}
        for seq in (5, 6):
            here.publish([topics.conversation(conversation)], f"announced {seq}", (conversation, seq, 0))
        return [SimpleNamespace(conversation=conversation, seq=5, customer_seq=5)]

    monkeypatch.setattr(heads, "in_database", in_database)
    monkeypatch.setattr(heads, "event_frame", lambda event, **_: {"fed": event.seq})
    await heads.Heads().sweep()
    assert ear.heard == ["announced 5", "announced 6"]
    assert here.heads[conversation] == (6, 4), "nobody here is the customer: that end is as the database says"


async def test_what_was_announced_is_known_up_to_the_first_gap() -> None:
    hub, conversation, other = Hub(), uuid4(), uuid4()
    hub.publish(["a"], "x", (conversation, 5, 0))
    assert hub.heads == {}, "nobody has looked yet where this one ends"
    hub.heads[conversation] = (4, 3)
    for mark in ((5, 0), (6, 0), (0, 5), (8, 0), (6, 0)):
        hub.publish(["a"], "x", (conversation, *mark))
    assert hub.heads == {conversation: (6, 3)}, "7, and the customer's 4, must be found by the sweep"
    for mark in ((7, 0), (0, 4)):
        hub.publish(["a"], "x", (conversation, *mark))
    assert hub.heads == {conversation: (7, 4)}
    for mark in ((1, 0), (0, 1), (2, 0)):
        hub.publish(["a"], "x", (other, *mark))
    assert hub.heads[other] == (2, 1), "it began here"


async def test_channels_layer_interface() -> None:
    layer = HubChannelLayer(capacity=3)
    mara, eve = await layer.new_channel(), await layer.new_channel()
    assert mara != eve
    await layer.group_add("friends", mara)
    await layer.group_add("friends", eve)
    await layer.group_send("friends", {"type": "hello", "n": 1})
    assert [await layer.receive(one) for one in (mara, eve)] == [{"type": "hello", "n": 1}] * 2
    await layer.group_discard("friends", eve)
    await layer.group_send("friends", {"type": "again"})
    await layer.send(eve, {"type": "alone"})
    assert await layer.receive(mara) == {"type": "again"}
    assert await layer.receive(eve) == {"type": "alone"}
    for _ in range(3):
        await layer.send(eve, {"type": "more"})
    with pytest.raises(ChannelFull):
        await layer.send(eve, {"type": "too much"})
    with pytest.raises(TypeError):
        await layer.group_send("not a name!", {})


async def test_what_waits_for_redis_is_bounded_and_soon_forgotten(monkeypatch) -> None:
    away = Bus(f"redis://127.0.0.1:{free_port()}/0", lambda *_: None)
    try:
        for _ in range(bus.MOST_WAITING + 100):
            away.publish(("a",), "x")
        assert (len(away._waiting), away.dropped) == (bus.MOST_WAITING, 100)
        await until(lambda: away.away)
        monkeypatch.setattr(bus, "STALE", 0.0)
        for _ in range(50):
            away.publish(("a",), "x" * (bus.MOST_CHARACTERS // 20))
        assert away._characters < 2 * bus.MOST_CHARACTERS
        assert len(away._waiting) < 50
        await away.subscribe("a")  # does not wait for what cannot come
    finally:
        await away.close()


@contextlib.asynccontextmanager
async def relay(port: int) -> AsyncIterator[tuple[int, list[asyncio.Event]]]:
    """A way to `port` whose connections go dead, without being closed, once their event is set."""
    dead: list[asyncio.Event] = []

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, gone: asyncio.Event) -> None:
        while data := await source.read(65536):
            if not gone.is_set():
                target.write(data)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inward, outward = await asyncio.open_connection("127.0.0.1", port)
        dead.append(gone := asyncio.Event())
        both = carry(reader, outward, gone), carry(inward, writer, gone)
        with contextlib.suppress(OSError):
            await asyncio.wait([asyncio.ensure_future(one) for one in both], return_when="FIRST_COMPLETED")
        outward.close()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], dead
    finally:
        server.close()


@pytest.mark.production
@pytest.mark.parametrize("asks", [True, False])
async def test_a_redis_that_only_keeps_silent_is_given_up(monkeypatch, asks: bool) -> None:
    """The network between us is gone: nothing is closed, nothing comes. One that never asks waits for ever."""
    monkeypatch.setattr(bus, "ASK_AFTER", 0.2 if asks else 3600)
    topic, ear, speaker = f"a{uuid4().hex}", Ear(), Hub(settings.REDIS_URL)
    port = urlsplit(settings.REDIS_URL).port
    assert port
    async with relay(port) as (way, dead):
        listener = Hub(f"redis://127.0.0.1:{way}/0")
        try:
            await listener.follow(topic, ear)
            speaker.publish([topic], "before")
            await until(lambda: ear.heard == ["before"])
            for one in dead:
                one.set()

            def comes_again() -> bool:
                speaker.publish([topic], "after")
                return "after" in ear.heard

            if asks:
                await until(comes_again)
            else:
                with pytest.raises(AssertionError):
                    await until(comes_again, within=2)
        finally:
            await listener.close()
            await speaker.close()


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Hub, Hub]]:
    """The hubs of two processes on one Redis."""
    hubs = Hub(settings.REDIS_URL), Hub(settings.REDIS_URL)
    yield hubs
    for hub in hubs:
        await hub.close()


@pytest.mark.production
async def test_frames_cross_redis_once_and_in_order(pair: tuple[Hub, Hub]) -> None:
    here, there = pair
    topic, other, conversation = f"a{uuid4().hex}", f"b{uuid4().hex}", uuid4()
    mine, theirs = Ear(), Ear()
    await here.follow(topic, mine)
    for one in (topic, other):
        await there.follow(one, theirs)
    texts = [f'{{"text": "a b,c: {n} é\\u2028 - "}}' for n in range(1_000)]
    for number, text in enumerate(texts, start=1):
        here.publish([topic, other], text, (conversation, number, 0))
    await until(lambda: len(theirs.heard) >= len(texts))
    await asyncio.sleep(0.05)  # a second copy would come now
    assert theirs.heard == texts
    assert mine.heard == texts, "its own frames do not come back to it"
    assert there.heads[conversation] == (1_000, 0)
    there.unfollow(topic, theirs)
    there.publish([topic], "to the first")
    await until(lambda: mine.heard[-1] == "to the first")


@pytest.mark.production
async def test_group_send_crosses_redis(pair: tuple[Hub, Hub]) -> None:
    _, there = pair
    ear, group = Ear(), f"g{uuid4().hex}"
    await there.follow(f"group:{group}", ear)
    await HubChannelLayer().group_send(group, {"type": "hello"})
    await until(lambda: ear.heard)
    assert ear.heard == ['{"type": "hello"}']


async def repaired(who: CustomerClient | TechnicianClient, conversation: str, last: int) -> list[Frame]:
    """What a client holds once it has done what the protocol says: order, and `sync` after a hole or a head."""
    held: list[Frame] = []

    def fed() -> list[Frame]:
        frames = who.wire.of_type("event", conversation=conversation)
        return sorted({frame["seq"]: frame for frame in frames}.values(), key=lambda frame: frame["seq"])

    def head() -> int:
        beats = who.wire.of_type("heartbeat")
        return max((beat["heads"].get(conversation, 0) for beat in beats), default=0)

    await until(lambda: head() == last or numbers(fed())[-1:] == [last])
    held = fed()
    if numbers(held) != list(range(1, last + 1)):
        held = await who.everything(conversation)
    return held


async def test_when_every_frame_is_swallowed_the_sweep_feeds_and_the_heads_tell(
    installation_factory: Callable[..., Installation],
) -> None:
    installation = installation_factory(HEARTBEAT="0.5", SWEEP="0.5")
    with contextlib.ExitStack() as running:
        server = running.enter_context(Treated(installation, "swallow"))
        # Where there can be two processes, she is on the other: nothing at all crosses between them.
        other = running.enter_context(Treated(installation, "swallow")) if settings.REDIS_URL else server
        cast = Cast(server)
        try:
            mara, ana = await cast.customer(), await cast.technician("ana", at=other.url)
            begun = (await mara.start("hello"))["id"]
            await ana.wire.wait(type="queue", conversation=begun, change="added")
            await ana.do("conversation.claim", conversation=begun)
            for number in range(10):
                await ana.say(begun, f"answer {number}")
                await ana.note(begun, f"note {number}")
                await mara.say(begun, f"question {number}")
            maras, anas = await repaired(mara, begun, 22), await repaired(ana, begun, 32)
            assert numbers(maras) == list(range(1, 23))
            assert numbers(anas) == list(range(1, 33))
            assert maras == await mara.everything(begun)
            # Without asking: what comes after a first look is fed by the sweep.
            accepted = await ana.say(begun, "fed by the sweep")
            fed = await mara.wire.event(
                "message", begun, where=lambda e: e["message"]["id"] == accepted["id"]
            )
            assert fed["seq"] == 23
        finally:
            await cast.leave()
        assert "swallow" in server.log.read_text(), "the server was not deaf at all"


@pytest.mark.production
async def test_a_customer_on_one_process_and_a_technician_on_another(
    server: Server, server_factory: Callable[..., Server], cast: Cast
) -> None:
    beside = server_factory(beside=server)
    mara = await cast.customer()
    ana = await cast.technician("ana", at=beside.url)
    begun = (await mara.start("hello"))["id"]
    row = await ana.wire.wait(type="queue", conversation=begun, change="added")
    assert row["row"]["subject"] == "hello"
    await ana.claim(begun)
    assert (await mara.wire.event("assigned", begun))["assigned"]["technician"]["name"] == "Ana Duarte"
    await mara.do("typing", conversation=begun, active=True)
    await ana.wire.wait(type="typing", conversation=begun)
    for number in range(20):
        said = await mara.say(begun, f"question {number}")
        await ana.wire.event("message", begun, seq=said["seq"])
        said = await ana.say(begun, f"answer {number}")
        await mara.wire.event("message", begun, seq=said["seq"])
    last = (await mara.say(begun, "the last"))["seq"]
    await ana.wire.event("message", begun, seq=last)
    await ana.do("read", conversation=begun, seq=last)
    await mara.wire.wait(type="read", conversation=begun, seq=last)
    again = CustomerClient(beside.url, device_token=mara.device_token)
    cast.people.append(again)
    await again.connect(cursors={begun: 1})
    await again.wire.event("message", begun, seq=last)
    assert again.wire.of_type("event", conversation=begun) == mara.wire.of_type("event", conversation=begun)
    by_http = await again.http.post(
        f"/api/widget/v1/conversations/{begun}/messages",
        json={"client_id": "c", "text": "by HTTP, elsewhere"},
    )
    assert by_http.status_code == 201
    await mara.wire.event("message", begun, seq=by_http.json()["seq"])
    await ana.do("availability", state="away")
    await mara.wire.wait(type="presence", conversation=begun, technician_online=False)


@pytest.mark.production
async def test_a_bus_that_is_ended_while_it_connects_ends() -> None:
    """Whatever moment it is: a connection under way swallows being cancelled."""
    for turns in range(40):
        wire = Bus(settings.REDIS_URL, lambda names, text, mark: None)
        wire.publish(("topic",), "a frame")
        tasks = list(wire._tasks)
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        _, late = await asyncio.wait(tasks, timeout=5)
        assert not late, f"{[task.get_name() for task in late]} after {turns} turns"
