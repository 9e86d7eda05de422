"""Unsent messages: the browser killed, offline for a day, two tabs, storage refused or full. Sent once, in order.

Each promise stands beside a client that breaks it, served to a real browser, which the same check finds out. What the
browser does alone is shown beside the embedded database only.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Page, WebSocketRoute, expect

from tests.browser.customer import Customer
from tests.browser.unsent import (
    CLOSED,
    FORGETS_AT_ONCE,
    NEW_ID_EACH_TIME,
    NO_VAULT,
    Marked,
    broken,
    eventually,
    kill,
)
from tests.faults.profile import SOAK, shown_on
from tests.support.background import Background
from tests.support.browser import ARGUMENTS, DESKTOP, OpenPage, Watch
from tests.support.gate import Gate
from tests.support.installation import Server
from tools.services import find_chromium

pytestmark = shown_on("embedded")

REFUSED = """for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
  Object.defineProperty(globalThis, name, { get() { throw new DOMException("no", "SecurityError"); } });
}"""
NO_LOCKS = 'Object.defineProperty(navigator, "locks", { get: () => undefined });'
FULL = """() => {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    for (let at = 0; ; at++) {
      try { localStorage.setItem(`filler.${size}.${at}`, "x".repeat(size)); } catch { break; }
    }
  }
}"""


@pytest.fixture
def gate(server: Server, background: Background, watch: Watch) -> Iterator[Gate]:
    """The way to the shared server."""
    watch.tolerate(CLOSED)
    gate = Gate(server.url, background)
    yield gate
    gate.close()


def begun(page: Page, mark: Marked) -> Customer:
    """Somebody whose first message has arrived."""
    mara = Customer(page)
    mara.arrive()
    mara.ask(mark(0))
    expect(mara.log).to_contain_text("Delivered")
    return mara


def again(page: Page, mark: Marked) -> Customer:
    """The same browser, back in the conversation."""
    mara = Customer(page)
    mara.arrive()
    expect(mara.frame.locator("main:visible")).to_contain_text(mark.word)
    return mara


@contextlib.contextmanager
def profile_of(chromium: Browser, folder: Path, gate: Gate) -> Iterator[BrowserContext]:
    """A browser of its own, with a profile on disk."""
    context = chromium.browser_type.launch_persistent_context(
        folder, executable_path=find_chromium(), args=ARGUMENTS, base_url=gate.url, **DESKTOP
    )
    try:
        yield context
    finally:
        with contextlib.suppress(Error):
            context.close()


@pytest.mark.parametrize("mutant", [None, NO_VAULT] if SOAK else [None])
def test_a_browser_that_is_killed_sends_it_when_it_is_started_again(
    mutant: tuple[str, str, str] | None, chromium: Browser, gate: Gate, server: Server, tmp_path: Path
) -> None:
    mark = Marked(server)
    numbers = range(1, 31 if SOAK else 4)
    with profile_of(chromium, tmp_path, gate) as context:
        begun(context.pages[0], mark)
    with profile_of(chromium, tmp_path, gate) as context:
        if mutant:
            broken(context, *mutant)
        mara = again(context.pages[0], mark)
        mara.opens(mark.word)
        expect(mara.log).to_contain_text(mark(0))
        gate.set("away")
        for number in numbers:
            mara.say(mark(number))
        expect(mara.log.get_by_text("Not sent yet")).to_have_count(len(numbers))
        if not mutant:
            mark.kept(context.pages[0], *numbers)
        kill(tmp_path)
    assert mark.stored() == ["0"]
    gate.set("open")
    with profile_of(chromium, tmp_path, gate) as context:
        page = context.pages[0]
        mara = Customer(page)
        mara.arrive()
        if mutant:
            page.wait_for_timeout(2_000)
            assert mark.stored() == ["0"], (
                "browsers write localStorage at once by now: the second copy can go"
            )
        else:
            mark.arrive(page, 0, *numbers)


def test_offline_for_a_day_and_clocks_that_jump(open_page: OpenPage, gate: Gate, server: Server) -> None:
    mark = Marked(server)
    page = open_page(base_url=gate.url)
    page.clock.install()
    mara = begun(page, mark)
    gate.set("away")
    mara.say(mark(1))
    now = datetime.datetime.now(tz=datetime.UTC)
    for number, years in enumerate((10, -10, 0), start=2):
        page.clock.set_system_time(now + datetime.timedelta(days=365 * years))
        mara.say(mark(number))
    page.clock.fast_forward("24:00:00")
    expect(mara.frame.get_by_text("Reconnecting…")).to_be_visible()
    expect(mara.log.get_by_text("Not sent yet")).to_have_count(4)
    gate.set("open")
    page.clock.fast_forward("01:00")  # the longest wait between two tries
    mark.arrive(page, 0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("locks", "mutant"),
    [
        pytest.param(True, None, id="locks"),
        pytest.param(False, None, id="no locks"),
        pytest.param(False, NEW_ID_EACH_TIME, id="neither locks nor one name", marks=pytest.mark.soak),
    ],
)
def test_two_tabs_send_each_message_once_and_in_order(
    locks: bool, mutant: tuple[str, str, str] | None, open_page: OpenPage, gate: Gate, server: Server
) -> None:
    mark = Marked(server)
    page = open_page(base_url=gate.url)
    if not locks:
        page.context.add_init_script(NO_LOCKS)
    if mutant:
        broken(page.context, *mutant)
    mara = begun(page, mark)
    second = again(page.context.new_page(), mark)
    second.opens(mark.word)
    sent: list[str] = []
    for tab in (mara.page, second.page):
        tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    gate.set("away")
    numbers = range(1, 21 if SOAK else 5)
    for number in numbers:
        (mara if number % 2 else second).say(mark(number))
    for one in (mara, second):
        expect(one.log.get_by_text("Not sent yet")).to_have_count(len(numbers))
    gate.set("open")
    for one in (mara, second):
        one.page.evaluate("dispatchEvent(new Event('online'))")
        frame = next(frame for frame in one.page.frames if "/widget/frame/" in frame.url)
        frame.evaluate("dispatchEvent(new Event('online'))")
    if mutant:
        eventually(
            page, lambda: len(mark.stored()) > len(numbers) + 1, lambda: f"not found out: {mark.stored()}"
        )
        return
    mark.arrive(page, 0, *numbers)
    for one in (mara, second):
        one.sees(mark(numbers[-1]))
        expect(one.log.get_by_text("Not sent yet").filter(visible=True)).to_have_count(0)
    # With the quotation mark: the first is the beginning of the tenth.
    repeated = [sum(f'{mark(number)}"' in frame for frame in sent) for number in numbers]
    assert min(repeated) >= 1, repeated
    if locks:
        # Now and then one goes twice all the same: what one tab has removed from storage is there for the other one
        # a moment longer, and the lock is quicker.
        assert sum(repeated) <= len(numbers) + len(numbers) // 4, repeated


def test_what_a_closed_tab_could_not_send_the_other_one_sends(
    open_page: OpenPage, gate: Gate, server: Server
) -> None:
    mark = Marked(server)
    mara = begun(open_page(base_url=gate.url), mark)
    second = again(mara.page.context.new_page(), mark)
    gate.set("away")
    mara.say(mark(1))
    expect(mara.log.get_by_text("Not sent yet")).to_have_count(1)
    mara.page.close()
    gate.set("open")
    mark.arrive(second.page, 0, 1)


@pytest.mark.parametrize("mutant", [None, FORGETS_AT_ONCE], ids=["", "forgets before it is accepted"])
def test_a_message_that_left_and_never_arrived_is_sent_after_a_reload(
    mutant: tuple[str, str, str] | None, open_page: OpenPage, gate: Gate, server: Server
) -> None:
    mark = Marked(server)
    page = open_page(base_url=gate.url)
    if mutant:
        broken(page.context, *mutant)
    deaf = left = False
    swallowed: list[str | bytes] = []

    def join(socket: WebSocketRoute) -> None:
        there, of_the_page_that_is_left = socket.connect_to_server(), not left

        def forth(text: str | bytes) -> None:
            # What such a socket says late must not arrive either.
            if deaf and of_the_page_that_is_left and "message.send" in str(text):
                swallowed.append(text)
            else:
                there.send(text)

        socket.on_message(forth)

    page.route_web_socket("**/ws/customer/", join)
    mara = begun(page, mark)
    deaf = True
    mara.say(mark(1))
    expect(mara.log).to_contain_text("Sending…")
    for _ in range(100):
        if swallowed:
            break
        page.wait_for_timeout(100)
    assert swallowed, "it has not left"
    mara.page.goto("about:blank")
    left = True
    mara = again(page, mark)
    if mutant:
        page.wait_for_timeout(2_000)
        assert mark.stored() == ["0"]
    else:
        mark.arrive(page, 0, 1)


def test_storage_refused_says_so_and_goes_on(open_page: OpenPage, gate: Gate, server: Server) -> None:
    mark = Marked(server)
    page = open_page(base_url=gate.url)
    page.context.add_init_script(REFUSED)
    mara = begun(page, mark)
    gate.set("away")
    mara.say(mark(1))
    expect(mara.frame.get_by_text("please leave this page open")).to_be_visible()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"], "leaving would lose it, so it is asked first"
    gate.set("open")
    mark.arrive(page, 0, 1)
    expect(mara.frame.get_by_text("please leave this page open")).to_be_hidden()


def test_storage_full_keeps_it_all_the_same_or_says_that_it_cannot(
    open_page: OpenPage, gate: Gate, server: Server
) -> None:
    mark = Marked(server)
    mara = begun(open_page(base_url=gate.url), mark)
    frame = next(frame for frame in mara.page.frames if "/widget/frame/" in frame.url)
    frame.evaluate(FULL)
    gate.set("away")
    for number in (1, 2):
        mara.say(mark(number))
    expect(mara.frame.get_by_text("what you write is kept")).to_be_visible()
    assert mark.word not in str(frame.evaluate("JSON.stringify(localStorage)"))
    mara.page.goto("about:blank")
    gate.set("open")
    mara = again(mara.page, mark)
    mark.arrive(mara.page, 0, 1, 2)

    broken(mara.page.context, *NO_VAULT)
    mara.page.goto("about:blank")
    mara = again(mara.page, mark)
    expect(mara.log).to_contain_text(mark(2))  # back where one was
    gate.set("away")
    mara.say(mark(3))
    expect(mara.frame.get_by_text("please leave this page open")).to_be_visible()
    gate.set("open")
    mark.arrive(mara.page, 0, 1, 2, 3)
