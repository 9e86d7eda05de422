"""The story everything is measured by: helped in March, back in July, known within moments."""

from __future__ import annotations

import datetime

from playwright.sync_api import expect

from tests.browser.people import Customer, Technician
from tests.browser.pictures import look
from tests.conftest import InstallationFactory
from tests.support.browser import OpenPage, Watch
from tests.support.clients import IE7_ON_XP

FIX = "Install the 2210 patch, restart, scan from the Director"


def test_a_customer_helped_in_march_is_known_in_july(
    open_page: OpenPage, watch: Watch, installation_factory: InstallationFactory
) -> None:
    watch.tolerate("WebSocket|ERR_CONNECTION|ERR_EMPTY")  # the pages of March, when the server goes
    server = installation_factory().server()
    mara = Customer(open_page(base_url=server.url, user_agent=IE7_ON_XP))
    ana = Technician(open_page(base_url=server.url), "ana", server.password)

    ana.log_in()
    mara.arrive()
    mara.ask("My all-in-one does not scan, it stops at warming up", name="Mara Lindqvist")

    ana.open("does not scan")
    ana.claim()
    ana.reply("Hello Mara, which browser do you use?")
    mara.sees("Hello Mara, which browser do you use?")
    mara.say("Internet Explorer 7, the one that came with it")
    ana.sees("Internet Explorer 7, the one that came with it")
    ana.note("Same as the one from Lyon: the scan control is blocked")
    ana.reply(FIX)
    mara.sees(FIX)
    expect(mara.log).not_to_contain_text("from Lyon")
    mara.say("It scans! Thank you")
    ana.sees("It scans! Thank you")
    ana.resolve(
        problem="Scanning stops at warming up", cause="Internet Explorer 7 blocks the scan control", fix=FIX
    )
    expect(mara.log).to_contain_text("Solved")

    kept = mara.page.context.storage_state()
    mara.page.context.close()
    server.days_ahead = 120
    server.restart()

    later = open_page(
        base_url=server.url,
        storage_state=kept,
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    )
    later.clock.install(time=datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(days=120))
    mara = Customer(later)
    mara.arrive()
    expect(mara.frame.locator("#home")).to_contain_text(FIX)
    look(mara.page, "story-widget")
    ana = Technician(open_page(base_url=server.url), "ana", server.password)
    ana.page.clock.install(time=datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(days=120))
    ana.log_in()
    mara.ask("It does not scan again and I forgot what you told me")

    ana.open("does not scan again")
    ana.claim()
    for words in ("Mara Lindqvist", FIX, "Internet Explorer 7", "Firefox 128", "Ana Duarte"):
        expect(ana.card).to_contain_text(words)
    ana.card.get_by_role("button", name="Put them into my reply").first.click()
    look(ana.page, "story-console")
    ana.page.locator(".composer textarea").press("Enter")
    mara.sees(FIX)


def test_two_windows_of_one_customer_show_the_same(open_page: OpenPage) -> None:
    mara = Customer(open_page())
    mara.arrive()
    mara.ask("The lid does not close any more")
    second = Customer(mara.page.context.new_page())
    second.arrive()
    second.frame.locator("#home").get_by_text("The lid does not close").click()
    second.sees("The lid does not close any more")
    mara.say("Both hinges look fine")
    second.sees("Both hinges look fine")
    second.say("Said from the second window")
    mara.sees("Said from the second window")
