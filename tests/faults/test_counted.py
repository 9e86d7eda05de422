"""What happens is counted, and once: had a counter not been raised, or raised twice, that would be seen."""

from __future__ import annotations

import asyncio
import os

import pytest
import websockets

from tests.faults.forked import Forked
from tests.support.cast import Cast, client_id
from tests.support.figures import Figures, calm, grown, scrape
from tests.support.installation import Server
from tests.support.wire import Wire

#: What the story below makes of each figure.
EXPECTED = {
    "rapport_connections{kind=customer}": 2.0,
    "rapport_connections{kind=console}": 1.0,
    "rapport_connections_opened_total{kind=customer}": 3.0,
    "rapport_connections_opened_total{kind=console}": 1.0,
    "rapport_connections_closed_total{code=1000,kind=customer}": 1.0,
    "rapport_connections_refused_total{kind=console}": 1.0,
    "rapport_messages_accepted_total{kind=message}": 4.0,
    "rapport_messages_accepted_total{kind=note}": 1.0,
    "rapport_log_entries_total{result=message}": 4.0,
    "rapport_log_entries_total{result=note}": 1.0,
    "rapport_log_entries_total{result=repeated}": 1.0,
    "rapport_log_entries_total{result=refused}": 1.0,
    "rapport_log_entries_total{result=act}": 1.0,
    "rapport_commit_batch_entries_sum": 8.0,
    "rapport_errors_total{code=not_found,door=socket}": 1.0,
    "rapport_errors_total{code=conflict,door=socket}": 1.0,
}
#: What grows beside, by nobody knows how much.
GROWING = (
    *("rapport_commit_seconds_count", "rapport_delivery_seconds_count"),
    *("rapport_http_request_seconds_count{status=2xx}", "rapport_event_loop_lag_seconds_count"),
    *("rapport_upkeep_seconds_count{work=rows}", "process_cpu_seconds_total"),
)


async def _story(server: Server, cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician()
    conversation = (await mara.start("It does not scan"))["id"]
    await ana.claim(conversation)
    once = client_id()
    for _ in range(2):
        await mara.say(conversation, "Hello?", client_id=once)
    for text in ("Hello?", "Anybody?"):
        await mara.say(conversation, text)
    await ana.note(conversation, "Impatient")
    other = await mara.wire.ask("message.send", conversation=conversation, client_id=once, text="Another")
    assert other["code"] == "conflict"
    nonsense = await mara.wire.ask("message.send", conversation="nonsense")
    assert nonsense["code"] == "not_found"
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await Wire.open(f"{server.ws}/ws/console/", origin="https://elsewhere.example")
    await cast.customer()
    await (await cast.customer()).leave()


async def _counted(server: Server, tries: int) -> tuple[Figures, Figures]:
    """Figures before and after; looked at so often until they are right: a close is heard of a little later."""
    before, cast = await calm(server), Cast(server)
    await _story(server, cast)
    after = before
    for _ in range(tries):
        after = await scrape(server)
        if not _wrong(before, after) and not _still(before, after) and after["rapport_hub_topics"] >= 3:
            break
        await asyncio.sleep(0.1)
    await cast.leave()
    return before, after


def _wrong(before: Figures, after: Figures) -> Figures:
    return {
        name: grown(before, after, name) for name in EXPECTED if grown(before, after, name) != EXPECTED[name]
    }


def _still(before: Figures, after: Figures) -> list[str]:
    return [name for name in GROWING if grown(before, after, name) <= 0]


async def test_what_happens_is_counted(forked: Forked) -> None:
    with forked.serving() as server:
        before, after = await _counted(server, tries=100)
        assert _wrong(before, after) == {}
        assert _still(before, after) == []
        assert after["rapport_hub_topics"] >= 3
        assert after["rapport_database_up"] == 1.0
        if os.environ.get("REDIS_URL"):
            for _ in range(100):
                if after.get("rapport_hub_up{hub=redis}") == 1.0:
                    break
                await asyncio.sleep(0.1)
                after = await scrape(server)
            assert after["rapport_hub_up{hub=redis}"] == 1.0
            assert after["rapport_hub_delay_seconds_count"] > 0
            assert after["rapport_database_connections{state=idle}"] >= 0


@pytest.mark.parametrize("mutant", ["counts_nothing", "counts_twice"])
async def test_every_counter_that_does_not_count_once_is_found_out(forked: Forked, mutant: str) -> None:
    with forked.serving(f"mutants.{mutant}") as server:
        wrong = _wrong(*await _counted(server, tries=3))
    assert wrong.keys() == EXPECTED.keys(), "the test above could not fail"
