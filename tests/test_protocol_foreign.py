"""Somebody else's conversation, over the socket: it does not exist, whatever is done with it."""

from __future__ import annotations

import uuid

import pytest

from tests.support import frames
from tests.support.cast import Cast
from tests.support.clients import CustomerClient
from tests.support.wire import Frame

NAMING = [kind for kind, fields in frames.CUSTOMER.items() if "conversation" in fields]
OF_TECHNICIANS = [kind for kind, fields in frames.CONSOLE.items() if "conversation" in fields]
#: Forgets what it was told to forget, without a look.
NO_LOOK = {"unwatch"}


async def asked(who: CustomerClient, kind: str, conversation: str) -> Frame:
    """The answer without what differs by design."""
    answer = await who.wire.ask(kind, **frames.frame_of(frames.CUSTOMER, kind, conversation=conversation))
    return {name: value for name, value in answer.items() if name not in {"ref", "client_id"}}


@pytest.mark.parametrize("kind", NAMING)
async def test_a_stranger_is_answered_as_if_nothing_were_there(cast: Cast, kind: str) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    eve, visitor = await cast.customer(), await cast.customer()
    begun = (await mara.start("hello"))["id"]
    await eve.start("I am somebody else")
    await ana.claim(begun)
    since = len(ana.wire.heard)
    assert (await asked(mara, kind, begun))["type"] != "error", "it is there for its owner"
    if kind == "message.send":  # her first words refresh the panel of whoever helps her, a moment later
        await ana.wire.wait(type="context", conversation=begun, since=since)
    before, heard = await mara.everything(begun), len(ana.wire.heard)

    missing = await asked(eve, kind, str(uuid.uuid4()))
    assert (missing["type"], missing["code"], missing["retry"]) == ("error", "not_found", False)
    for stranger in (eve, visitor):
        for conversation in (
            begun,
            begun.upper(),
            begun.replace("-", ""),
            str(uuid.uuid4()),
            "nonsense",
            "\0",
            "",
        ):
            assert await asked(stranger, kind, conversation) == missing, conversation
    assert await mara.everything(begun) == before
    await ana.do("ping")
    told = [frame for frame in ana.wire.heard[heard:] if frame.get("conversation") == begun]
    assert not [frame for frame in told if frame["type"] in {"event", "read", "typing", "context"}]


@pytest.mark.parametrize("kind", [kind for kind in OF_TECHNICIANS if kind not in frames.CUSTOMER])
async def test_customers_cannot_do_what_technicians_do(cast: Cast, kind: str) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    answer = await mara.wire.ask(kind, **frames.frame_of(frames.CONSOLE, kind, conversation=begun))
    assert (answer["type"], answer["code"]) == ("error", "unknown_type"), "their own conversation or not"
    assert len(await mara.everything(begun)) == 1


@pytest.mark.parametrize("kind", OF_TECHNICIANS)
async def test_what_is_not_there_is_not_there_for_technicians_either(cast: Cast, kind: str) -> None:
    ana = await cast.technician("ana")
    fields = frames.frame_of(frames.CONSOLE, kind, conversation=str(uuid.uuid4()))
    answer = await ana.wire.ask(kind, **fields)
    if kind in NO_LOOK:
        assert answer["type"] == "ok"
    else:
        assert (answer["code"], answer["retry"]) == ("not_found", False)


async def test_events_and_heads_of_others_are_never_heard(brisk_cast: Cast) -> None:
    mara, eve, ana = (
        await brisk_cast.customer(),
        await brisk_cast.customer(),
        await brisk_cast.technician("ana"),
    )
    begun, other = (await mara.start("hello"))["id"], (await eve.start("hello too"))["id"]
    await ana.claim(begun)
    await ana.say(begun, "for Mara alone")
    await mara.wire.event("message", begun, seq=3)
    await eve.wire.wait(lambda frame: other in frame["heads"], type="heartbeat")
    assert begun not in str(eve.wire.heard)
    assert other not in str(mara.wire.heard)
