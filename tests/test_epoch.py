"""After a restore nobody goes on where the database has never been: cursors of another epoch are answered by reset."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from chat.consumers import epoch as epochs
from chat.models import Epoch
from chat.services.epoch import current_epoch, new_epoch
from tests.conftest import ServerFactory
from tests.support.cast import Cast, Records, numbers
from tests.support.clients import CustomerClient, TechnicianClient
from tools.environment import ROOT

OTHER = "6f1f3f64-6a5e-4a4e-9b8e-0d5d3f0c9a11"  # an epoch that never was
CONVERSATIONS = "/api/widget/v1/conversations"


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command of the product beside a server; what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db
def test_there_is_one_epoch_that_stays_until_somebody_says_otherwise() -> None:
    Epoch.objects.all().delete()
    first = current_epoch()
    assert current_epoch() == first
    second = new_epoch("by hand " * 50)
    assert second != first
    assert (current_epoch(), Epoch.objects.count(), len(Epoch.objects.get().why)) == (second, 1, 200)


async def came_back(who: CustomerClient | TechnicianClient, cursors: dict[str, int]) -> list[str]:
    """The types of what is heard on a new socket up to the welcome, then of resets and events until a pong."""
    await who.connect(cursors=cursors)
    await who.do("ping")
    kinds = [frame["type"] for frame in who.wire.heard]
    return [kind for kind in kinds if kind in {"reset", "welcome", "event"}]


async def test_a_hello_of_another_epoch_is_told_to_begin_anew_before_the_welcome(cast: Cast) -> None:
    """Although its cursor lies within the log: what stands there now are other events."""
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    for number in range(3):
        await mara.say(begun, f"and {number}")
    for who, other in ((mara, ana), (ana, mara)):
        assert who.welcome["epoch"] == other.welcome["epoch"]
        who.epoch = who.welcome["epoch"]
        assert await came_back(who, {begun: 3}) == ["welcome", "event"]
        assert numbers(who.wire.of_type("event", conversation=begun)) == [4]
        who.epoch = None
        assert await came_back(who, {begun: 3}) == ["welcome", "event"], "a program that knows no epochs"
        who.epoch = OTHER
        gone = "0198c2a0-0000-7000-8000-000000000000"
        odd = {begun: 3, gone: 9, "nonsense": 1}
        assert await came_back(who, odd) == ["reset", "reset", "welcome"]
        resets = who.wire.of_type("reset")
        assert [frame["conversation"] for frame in resets] == [begun, gone], (
            "also of what is not there any more"
        )
        assert {frame["reason"] for frame in resets} == {"restored"}
        assert len(await who.everything(begun)) == 4


async def test_odd_epochs_are_passed_over(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    shapes: list[Any] = ["", None, 7, True, [], {"epoch": OTHER}]
    for odd in shapes:
        await mara.wire.close()
        mara.epoch = None
        wire = await mara.connect(cursors={begun: 0})
        await wire.close()
        mara.epoch = odd
        assert await came_back(mara, {begun: 0}) == ["welcome", "event"], odd


async def test_http_tells_the_epoch_to_whoever_polls(cast: Cast) -> None:
    mara = await cast.customer()
    listed = (await mara.http.get(CONVERSATIONS)).json()
    assert listed == {"conversations": [], "epoch": mara.welcome["epoch"]}
    assert mara.view["epoch"] == mara.welcome["epoch"]


async def test_open_sockets_begin_anew_when_the_epoch_changes(server_factory: ServerFactory) -> None:
    """Every process of the installation notices by itself, within a sweep."""
    server = server_factory(SWEEP="0.5")
    cast = Cast(server)
    try:
        mara, ana = await cast.customer(), await cast.technician("ana")
        begun = (await mara.start("hello"))["id"]
        await ana.claim(begun)
        await asyncio.sleep(1.2)  # the heads of this process know the conversation
        before = mara.welcome["epoch"]
        quiet = len(mara.wire.heard)
        await asyncio.sleep(1.2)
        assert mara.wire.close_code is None, "nothing happens as long as it stays"
        assert not [frame for frame in mara.wire.heard[quiet:] if frame["type"] == "reset"]
        said = await asyncio.to_thread(manage, server.environment(), "new_epoch", "--why", "recovered")
        for who in (mara, ana):
            assert await who.wire.closed() == 1012
            assert who.wire.of_type("reset", conversation=begun, reason="restored")
            assert who.wire.of_type("goodbye", reason="restored")
            who.epoch = before
            assert (await came_back(who, {begun: 1}))[:2] == ["reset", "welcome"]
            assert who.welcome["epoch"] in said
            assert who.welcome["epoch"] != before
        [(why,)] = Records(server.installation).ask("SELECT why FROM chat_epoch")
        assert why == "recovered"
        await mara.say(begun, "it goes on")
        await ana.wire.event("message", begun, seq=3)
    finally:
        await cast.leave()


async def test_a_process_whose_sweeps_see_the_same_epoch_sends_nobody_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A socket greeted before a change that nobody had seen yet is found all the same."""
    seen = iter(["one", "one", "two", "two"])

    async def in_database(work: object) -> str:
        return next(seen)

    class Socket:
        def __init__(self, epoch: str) -> None:
            self.epoch = epoch
            self.told: list[str] = []

        def heads(self, heads: object) -> dict[str, int]:
            return {"c": 1}

        def tell(self, frame: dict[str, str]) -> None:
            self.told.append(frame["type"])

    monkeypatch.setattr(epochs, "in_database", in_database)
    watch = epochs.Epochs()
    early = Socket(await watch.now())
    assert await watch.look([early], None) == []  # type: ignore[arg-type, list-item]
    late = Socket(await watch.now())  # greeted with what this process saw last, although it is over
    assert await watch.look([early, late], None) == [early, late]  # type: ignore[arg-type, list-item, comparison-overlap]
    assert (early.told, late.told) == (["reset"], ["reset"])
    assert await watch.look([early, late], None) == [], "each is told once"  # type: ignore[arg-type, list-item]
    assert await watch.now() == "two"
