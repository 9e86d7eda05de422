"""Sockets that do not come about: the conversation goes on over HTTP, says so, and goes back to sockets.

With a client that never asks over HTTP the same check fails.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.customer import Customer
from tests.browser.unsent import CLOSED, NEVER_POLLS, Marked, broken, eventually
from tests.faults.profile import SOAK, shown_on
from tests.support.background import Background
from tests.support.browser import OpenPage, Watch
from tests.support.cast import Cast
from tests.support.clients import TechnicianClient
from tests.support.gate import Gate, Way
from tests.support.installation import Server

pytestmark = shown_on("embedded")

ROUNDS = 20 if SOAK else 2
SLOW = "a few seconds slower than usual"


@pytest.fixture
def gate(server: Server, background: Background, watch: Watch) -> Iterator[Gate]:
    """The way to the shared server."""
    watch.tolerate(CLOSED + "|status of 403")
    gate = Gate(server.url, background)
    yield gate
    gate.close()


@pytest.fixture
def ana(server: Server, background: Background) -> Iterator[TechnicianClient]:
    """A technician on a way of her own."""
    cast = Cast(server)
    yield background(cast.technician("ana"))
    background(cast.leave())


@pytest.mark.parametrize("way", ["403", "502", "swallow"] if SOAK else ["502"])
def test_it_goes_on_over_http_both_ways_and_back_to_sockets(
    way: Way, open_page: OpenPage, gate: Gate, server: Server, background: Background, ana: TechnicianClient
) -> None:
    mark = Marked(server)
    gate.set(way)
    mara = Customer(open_page(base_url=gate.url))
    mara.arrive()
    mara.ask(mark(0))
    expect(mara.frame.get_by_text(SLOW)).to_be_visible(timeout=35_000)
    mark.arrive(mara.page, 0)
    conversation = mark.conversation()
    for number in range(1, 2 * ROUNDS, 2):
        mara.say(mark(number))
        eventually(mara.page, lambda number=number: mark.stored()[-1:] == [str(number)])  # type: ignore[misc]
        background(ana.say(conversation, mark(number + 1)))
        mara.sees(mark(number + 1))
    gate.set("open")
    tried = gate.sockets
    mara.page.evaluate("dispatchEvent(new Event('online'))")
    expect(mara.frame.get_by_text(SLOW)).to_be_hidden(timeout=35_000)
    assert gate.sockets > tried
    last = 2 * ROUNDS + 1
    mara.say(mark(last))
    mark.arrive(mara.page, *range(2 * ROUNDS + 1), last)
    background(ana.say(conversation, mark(last + 1)))
    mara.sees(mark(last + 1))
    mark.arrive(mara.page, *range(2 * ROUNDS + 1), last, last + 1)


@pytest.mark.soak
def test_without_polling_it_is_found_out(open_page: OpenPage, gate: Gate, server: Server) -> None:
    mark = Marked(server)
    gate.set("502")
    page = open_page(base_url=gate.url)
    broken(page.context, *NEVER_POLLS)
    mara = Customer(page)
    mara.arrive()
    mara.ask(mark(0))
    eventually(page, lambda: gate.sockets > 5)
    assert mark.stored() == []
    expect(mara.frame.get_by_text("Reconnecting…")).to_be_visible()


@pytest.mark.soak
def test_sockets_that_die_again_and_again_lose_nothing(
    open_page: OpenPage, gate: Gate, server: Server, background: Background, ana: TechnicianClient
) -> None:
    mark = Marked(server)
    gate.set("flap")
    mara = Customer(open_page(base_url=gate.url))
    mara.arrive()
    mara.ask(mark(0))
    mark.arrive(mara.page, 0)
    conversation = mark.conversation()
    numbers = range(1, 6 * ROUNDS)
    for number in numbers:
        mara.say(mark(number))
        mara.page.wait_for_timeout(700)
    mark.arrive(mara.page, 0, *numbers)
    background(ana.say(conversation, mark("answer")))
    mara.sees(mark("answer"))
    assert gate.sockets > 2


@pytest.mark.soak
def test_a_server_that_is_away_is_called_away_and_taken_up_again(
    open_page: OpenPage, gate: Gate, server: Server
) -> None:
    mark = Marked(server)
    mara = Customer(open_page(base_url=gate.url))
    mara.arrive()
    mara.ask(mark(0))
    mark.arrive(mara.page, 0)
    gate.set("away")
    mara.say(mark(1))
    expect(mara.frame.get_by_text("Reconnecting… what you write is kept")).to_be_visible()
    expect(mara.log.get_by_text("Not sent yet")).to_have_count(1)
    mara.page.wait_for_timeout(5_000)  # long enough for HTTP to have been tried
    expect(mara.frame.get_by_text(SLOW)).to_have_count(0)
    gate.set("open")
    mark.arrive(mara.page, 0, 1)
    expect(mara.frame.get_by_text("Reconnecting")).to_have_count(0)
