"""A network that breaks, freezes and crawls under traffic: nothing is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import random
import re
import uuid
from collections.abc import Callable

import pytest
from websockets.asyncio.client import ClientConnection

from chat.replay import link
from tests.faults.profile import so_many
from tests.faults.proxy import Proxy
from tests.faults.storm import Outcome, Storm
from tests.faults.verifier import show
from tests.support.installation import Server

pytestmark = pytest.mark.embedded  # what a network does is the same with every database
ROUNDS = so_many("ROUNDS", short=1, long=20)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 1.0)
    monkeypatch.setattr(link, "ANSWER_LIMIT", 4.0)


async def _weather(server: Server, rounds: int) -> Outcome:
    """All kinds of bad weather, so often; 0: the worst of it."""
    network = await Proxy(server.port).start()

    async def cut() -> None:
        await asyncio.sleep(random.uniform(0, 0.3))
        assert network.cut()

    async def freeze() -> None:
        network.freeze()
        await asyncio.sleep(random.uniform(0.5, 2))
        network.resume()

    async def freeze_for_long() -> None:
        """Longer than clients wait for an answer: they have given up and sent again when the first comes through."""
        network.freeze()
        await asyncio.sleep(6)
        network.resume()

    async def crawl() -> None:
        network.rate = 20_000
        await asyncio.sleep(2)
        network.rate = None

    try:
        storm = Storm(server, random.randrange(2**32), through=network.url)
        return show(await storm.weather("network", [cut, freeze, cut, crawl, cut, freeze_for_long] * ROUNDS))
    finally:
        await network.close()


def test_nothing_is_lost_on_a_bad_network(server_factory: Callable[..., Server]) -> None:
    outcome = asyncio.run(_weather(server_factory(HEARTBEAT="2", SWEEP="1"), ROUNDS))
    outcome.assert_clean()
    assert outcome.reconnects >= 9, "everybody was cut off"


def test_clients_that_send_anew_instead_of_again_are_found_out(
    server_factory: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: a client that says what was not answered once more as something new."""
    receive = link.Link._receive

    async def receive_and_renew(self: link.Link, socket: ClientConnection, frame: link.Frame) -> None:
        if frame.get("type") == "welcome":
            for question in self._questions.values():
                fresh = b'"client_id":"%s"' % str(uuid.uuid4()).encode()
                question.data = re.sub(rb'"client_id":"[^"]+"', fresh, question.data)
        await receive(self, socket, frame)

    monkeypatch.setattr(link.Link, "_receive", receive_and_renew)
    outcome = asyncio.run(_weather(server_factory(HEARTBEAT="2", SWEEP="1"), 0))
    assert outcome.doubled, "the test above could not fail"
