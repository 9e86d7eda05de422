"""Frames are hints: whatever the hub does to them, everybody ends up with the same, soon."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from django.conf import settings

from tests.faults.chatter import Chatter, Treated
from tests.faults.profile import shown_on
from tests.support.installation import Installation

pytestmark = shown_on("embedded")

ROUNDS = 20
#: A sweep or a heartbeat repairs within two seconds; the wait is only longer on a busy machine.
SETTINGS = {"SWEEP": "1", "HEARTBEAT": "1"}
WITHIN = 20.0  # seconds


@contextlib.asynccontextmanager
async def talking(installation: Installation, *modes: str) -> AsyncIterator[tuple[Chatter, Treated]]:
    """Two sides that have talked; where frames may cross and there can be two processes, each is at its own."""
    with contextlib.ExitStack() as running:
        here = running.enter_context(Treated(installation, *modes))
        apart = settings.REDIS_URL and "swallow" not in modes
        there = running.enter_context(Treated(installation, *modes)) if apart else here
        async with Chatter(here, there) as chat:
            await chat.say(ROUNDS)
            await chat.last_words()
            yield chat, here


@pytest.mark.parametrize("modes", [("shuffle", "double", "half"), ("swallow", "no-feed")])
async def test_everybody_ends_up_with_the_same(
    modes: tuple[str, ...], installation_factory: Callable[..., Installation]
) -> None:
    async with talking(installation_factory(**SETTINGS), *modes) as (chat, here):
        await chat.arrived(within=WITHIN)
        assert not await chat.unlike()
        assert chat.reconnects == 0
        print(f"{'+'.join(modes)}: {chat.delays()}")
        assert modes[0] in here.log.read_text(), "the hub was not hostile at all"


async def test_without_heads_and_feeding_it_is_found_out(
    installation_factory: Callable[..., Installation],
) -> None:
    async with talking(installation_factory(**SETTINGS), "swallow", "no-heads", "no-feed") as (chat, _):
        with pytest.raises(AssertionError):
            await chat.arrived(within=5)
        assert await chat.unlike()
