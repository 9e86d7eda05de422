"""What is said of the connection, on every screen: away with something unsent, failed, not kept, the slower way.

The pictures are kept for somebody to look at; a machine checks that nothing sticks out and that all is accessible.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.people import Customer, Technician
from tests.browser.pictures import inspect, inspect_turned
from tests.browser.test_unsent import REFUSED
from tests.browser.unsent import CLOSED
from tests.faults.profile import SOAK
from tests.support.background import Background
from tests.support.browser import OpenPage, Watch
from tests.support.gate import Gate
from tests.support.installation import Server

pytestmark = [pytest.mark.looks, pytest.mark.soak]

#: The host page is English; a site in Arabic says so to its widget.
ARABIC = "Rapport.setLocale('ar')"
REFUSE = "refuse this one"


@pytest.fixture
def gate(server: Server, background: Background, watch: Watch) -> Iterator[Gate]:
    """The way to the shared server."""
    watch.tolerate(CLOSED)
    gate = Gate(server.url, background)
    yield gate
    gate.close()


def refusing(socket: WebSocketRoute) -> None:
    """The way of a socket on which one message is refused for good, and everything else passes."""
    there = socket.connect_to_server()

    def forth(text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["type"] != "message.send" or REFUSE not in frame["text"]:
            return there.send(text)
        refusal = {"code": "invalid", "message": "Something in it was not accepted.", "retry": False}
        return socket.send(json.dumps({"type": "error", "ref": frame["ref"], **refusal}))

    socket.on_message(forth)


def arrived(page: Page, kind: str, words: str) -> Customer:
    """Somebody with an open conversation."""
    mara = Customer(page)
    page.goto("/demo/")
    if kind == "rtl":
        page.evaluate(ARABIC)
    mara.open()
    mara.ask(words)
    return mara


def seen(mara: Customer, name: str, kind: str) -> None:
    """Look at the conversation as it is now."""
    inspect(mara.page, name, kind, next(one for one in mara.page.frames if "/widget/frame/" in one.url))


@pytest.mark.parametrize("kind", ["desktop", "phone", "rtl"] if SOAK else ["phone"])
def test_the_customers_connection(kind: str, open_page: OpenPage, gate: Gate) -> None:
    page = open_page(kind, base_url=gate.url)
    page.route_web_socket("**/ws/customer/", refusing)
    mara = arrived(page, kind, f"The cover does not close ({kind})")
    mara.say(REFUSE)
    expect(mara.log.locator(".failed")).to_be_visible()
    seen(mara, "link-failed", kind)
    gate.set("away")
    mara.say("Both hinges look fine, and the little wheel turns")
    line = mara.frame.locator("#talk [data-part=link]")
    expect(line).not_to_be_empty(timeout=20_000)
    seen(mara, "link-away", kind)
    mara.home()
    expect(mara.running.locator("em")).not_to_be_empty()  # not sent yet, also seen from here
    seen(mara, "link-away-home", kind)


@pytest.mark.parametrize("kind", ["desktop", "phone", "rtl"] if SOAK else ["rtl"])
def test_the_slower_way_and_nothing_kept(kind: str, open_page: OpenPage, gate: Gate) -> None:
    page = open_page(kind, base_url=gate.url)
    page.context.add_init_script(REFUSED)
    gate.set("502")
    mara = arrived(page, kind, f"The feeder takes two sheets ({kind})")
    line = mara.frame.locator("#talk [data-part=link].good")
    expect(line).not_to_be_empty(timeout=35_000)
    seen(mara, "link-slow", kind)
    gate.set("away")
    mara.say("Always the last two of the pile")
    expect(mara.frame.locator("#talk [data-part=link]:not(.good)")).not_to_be_empty(timeout=35_000)
    seen(mara, "link-not-kept", kind)


@pytest.mark.parametrize("kind", ["desktop", "phone"] if SOAK else ["desktop"])
def test_the_technicians_connection(kind: str, open_page: OpenPage, gate: Gate, server: Server) -> None:
    mara = Customer(open_page())
    mara.arrive()
    mara.ask(f"The display stays dark ({kind})")
    page = open_page(kind, base_url=gate.url)
    page.route_web_socket("**/ws/console/", refusing)
    bo = Technician(page, "bo", server.password)
    bo.log_in()
    bo.open(f"The display stays dark ({kind})")
    bo.claim()
    bo.reply(REFUSE)
    expect(bo.log.locator(".failed")).to_be_visible()
    inspect_turned(bo.page, "console-failed", kind)
    gate.set("away")
    bo.reply("Is the cable in the port on the left?")
    banner = bo.page.locator("[data-part=banner]")
    expect(banner).to_contain_text("Reconnecting", timeout=20_000)
    inspect_turned(bo.page, "console-away", kind)
    gate.set("502")
    expect(banner).to_contain_text("blocks the live connection", timeout=60_000)
    inspect_turned(bo.page, "console-blocked", kind)
