"""Peers that do not read, that send without end, and that are gone without a word: let go, at a bounded price."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from tests.faults import mutants
from tests.faults.elsewhere import elsewhere
from tests.faults.profile import so_many
from tests.faults.raw import Raw, flood
from tests.support.cast import Cast, until
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.installation import Installation, Server

pytestmark = pytest.mark.embedded  # what sockets do is the same with every database
READERS = so_many("READERS", short=4, long=40)
TOO_SLOW, TOO_FAST = 4409, 4429
LONG_TEXT = "x" * 7_900
EACH = 1024 * 1024  # bytes that one bad peer may cost


def _memory(server: Server) -> int:
    assert server.process
    return int(psutil.Process(server.process.pid).memory_info().rss)


def _last_word(peer: Raw) -> int | None:
    peer.socket.settimeout(5)  # after so long a silence nothing more comes
    try:
        return peer.close_code()
    finally:
        peer.close()


def _flood(peer: Raw) -> tuple[int, int | None]:
    return flood(peer, 4), _last_word(peer)


def _window(server: Server, mara: CustomerClient) -> Raw:
    """Another window of Mara's that reads nothing after its welcome."""
    raw = Raw(f"{server.url}/ws/customer/")
    raw.send(type="hello", token=mara.token, cursors={})
    raw.wait("welcome")
    return raw


async def _say_much(
    server: Server, readers: int, messages: int, seconds: float
) -> tuple[set[int | None], int]:
    """Windows that read nothing while long answers come, for so long: how they were closed, and the bytes they cost."""
    cast = Cast(server)
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("I shall get long answers"))["id"]
    await ana.claim(begun)
    windows = [await asyncio.to_thread(_window, server, mara) for _ in range(readers)]
    before = _memory(server)
    most, began = 0, time.monotonic()
    for number in range(messages):
        await ana.say(begun, f"{number} {LONG_TEXT}")
        most = max(most, _memory(server))
    await mara.wire.event("message", begun, seq=messages + 2)  # a message, the claim, and all of these
    while time.monotonic() - began < seconds:
        await asyncio.sleep(0.1)
        most = max(most, _memory(server))
    codes = {await asyncio.to_thread(_last_word, window) for window in windows}
    await mara.say(begun, "and I am still here")
    await cast.leave()
    return codes, most - before


# Eight seconds without progress, and a second or two until it is seen. What is too much is seen at once.
@pytest.mark.parametrize(
    ("messages", "seconds"), [(70, 11), (220, 0)], ids=["half a megabyte", "two megabytes"]
)
async def test_whoever_does_not_read_is_let_go_and_nobody_else_notices(
    server_factory: Callable[..., Server], messages: int, seconds: float
) -> None:
    """The smaller amount fits into what may wait, so that only time tells; the larger does not."""
    server = server_factory(SOCKETS_PER_CUSTOMER="1000")
    codes, cost = await _say_much(server, READERS, messages, seconds)
    print(f"{READERS} readers, {cost / READERS / 1024:.0f} KiB each")
    assert codes == {TOO_SLOW}
    assert cost < READERS * EACH


class Patient(Server):
    """The mutant: a server that keeps everything for everybody, as Daphne does by itself."""

    def command(self) -> Sequence[str | Path]:
        """The mutant's own start."""
        return [sys.executable, Path(mutants.__path__[0]) / "patient.py"]


async def test_a_server_that_keeps_everything_is_found_out(
    installation_factory: Callable[..., Installation],
) -> None:
    with Patient(installation_factory(SOCKETS_PER_CUSTOMER="1000"), {}) as server:
        codes, cost = await _say_much(server, 2, 200, 0)
    assert TOO_SLOW not in codes
    assert cost > 2 * EACH, "the test above could not fail"


async def test_a_flood_is_held_back_and_ended_and_nobody_else_notices(
    server_factory: Callable[..., Server],
) -> None:
    server = server_factory(SOCKET_RATE="20", SOCKET_BURST="60")
    cast = Cast(server)
    mara, eve = await cast.customer(), await cast.visitor()
    begun = (await mara.start("meanwhile"))["id"]
    peers = [await asyncio.to_thread(_window, server, eve) for _ in range(READERS)]
    before = _memory(server)
    floods = asyncio.gather(*(asyncio.to_thread(_flood, peer) for peer in peers))
    most = before
    for number in range(20):
        await mara.say(begun, f"still heard {number}")
        most = max(most, _memory(server))
        await asyncio.sleep(0.1)
    sent, codes = zip(*await floods, strict=True)
    print(f"{sent} frames, {(most - before) / READERS / 1024:.0f} KiB each")
    assert min(sent) > 1000, "it was a flood"
    assert set(codes) == {TOO_FAST}
    assert most - before < READERS * EACH
    await cast.leave()


async def test_a_console_that_is_gone_without_a_word_is_gone_for_all(
    installation_factory: Callable[..., Installation],
) -> None:
    """The cable is pulled: no packet tells it. The kernel finds out, and presence follows."""
    with elsewhere() as other:
        server = installation_factory().server(HOST="0.0.0.0", ALLOWED_HOSTS=other.ours)
        cast = Cast(server)
        ana, bo = await cast.technician("ana"), await cast.technician("bo")
        await ana.do("availability", state="online")
        await bo.do("availability", state="online")
        cookie = "; ".join(f"{one.name}={one.value}" for one in bo.http.cookies.jar)
        await bo.wire.close()
        far = await asyncio.to_thread(
            Raw, f"http://{other.ours}:{server.port}/ws/console/", cookie, other.connected()
        )
        since = len(ana.wire.heard)
        await asyncio.to_thread(far.send, type="hello", cursors={})
        await asyncio.to_thread(far.wait, "welcome")
        await until(lambda: _says(ana, "online", since), within=30)
        other.unplug()
        began = time.monotonic()
        await until(lambda: _says(ana, "offline", since), within=60)
        print(f"noticed after {time.monotonic() - began:.1f} s")
        far.close()
        await cast.leave()


def _says(who: TechnicianClient, state: str, since: int) -> bool:
    """Whether the last news of Bo is this state."""
    news = [one for one in who.wire.heard[since:] if one["type"] == "presence" and "technician" in one]
    of_bo = [one["state"] for one in news if one["technician"]["name"].startswith("Bo")]
    return bool(of_bo) and of_bo[-1] == state
