"""The server dies and comes back: both windows go on by themselves."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.people import Customer, Technician
from tests.conftest import InstallationFactory
from tests.support.browser import OpenPage, Watch

#: What a browser says of a server that is away.
AWAY = "WebSocket|ERR_CONNECTION|ERR_EMPTY|Failed to load|status of 5|Failed to fetch"


def test_both_windows_go_on_after_a_kill(
    open_page: OpenPage, watch: Watch, installation_factory: InstallationFactory
) -> None:
    watch.tolerate(AWAY)
    server = installation_factory().server()
    mara = Customer(open_page(base_url=server.url))
    ana = Technician(open_page(base_url=server.url), "ana", server.password)
    ana.log_in()
    mara.arrive()
    mara.ask("The tray light blinks")
    ana.open("The tray light blinks")
    ana.claim()
    ana.reply("How often does it blink?")
    mara.sees("How often does it blink?")

    server.kill()
    mara.say("Three times, written while the server was away")
    ana.reply("Said into the dark by the technician")
    expect(mara.frame.locator("body")).to_contain_text("Reconnecting")
    expect(ana.page.locator("[data-part=banner]")).to_contain_text("Reconnecting")
    server.restart()

    ana.sees("Three times, written while the server was away")
    mara.sees("Said into the dark by the technician")
    mara.say("And after that it goes on")
    ana.sees("And after that it goes on")


def test_what_was_not_sent_survives_leaving_the_page(
    open_page: OpenPage, watch: Watch, installation_factory: InstallationFactory
) -> None:
    watch.tolerate(AWAY)
    server = installation_factory().server()
    mara = Customer(open_page(base_url=server.url))
    mara.arrive()
    mara.ask("The paper curls")
    expect(mara.log).to_contain_text("Delivered")
    server.kill()
    mara.say("Written in the dark")
    expect(mara.log).to_contain_text("Written in the dark")
    # Gone before the server is back: this page can send nothing any more, only its storage is left.
    mara.page.goto("about:blank")
    server.restart()
    ana = Technician(open_page(base_url=server.url), "ana", server.password)
    ana.log_in()
    ana.open("The paper curls")
    ana.sees("The paper curls")
    expect(ana.log).not_to_contain_text("Written in the dark")
    mara.arrive()
    ana.sees("Written in the dark")
