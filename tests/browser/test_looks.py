"""Every face of the product on a desktop, a phone, in the dark and from right to left.

The pictures are kept in .build/pictures for somebody to look at; what a machine can see is checked here:
nothing sticks out sideways, and the accessibility rules hold.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from tests.browser.people import Customer, Technician
from tests.browser.pictures import look
from tests.support.browser import OpenPage
from tests.support.installation import Server

KINDS = ("desktop", "phone", "dark", "rtl")


def accessible(page: Page | Frame) -> None:
    """Fail with the rules that do not hold."""
    found: Any = Axe().run(page)
    assert not found.response["violations"], found.generate_report()


@pytest.mark.parametrize("kind", KINDS)
def test_the_customers_side(kind: str, open_page: OpenPage, server: Server) -> None:
    mara = Customer(open_page(kind))
    mara.page.goto("/demo/")
    if kind == "rtl":  # the host page is English; a site in Arabic says so to its widget
        mara.page.evaluate("Rapport.setLocale('ar')")
    look(mara.page, f"host-{kind}")
    mara.launcher.click()
    expect(mara.frame.locator("#home")).to_be_visible()
    look(mara.page, f"home-{kind}")
    mara.ask(f"The scanner lamp stays dark ({kind}), and a very long word follows: {'Pneumono' * 12}")
    look(mara.page, f"waiting-{kind}")
    accessible(next(one for one in mara.page.frames if "/widget/frame/" in one.url))


@pytest.mark.parametrize("kind", KINDS)
def test_the_technicians_side(kind: str, open_page: OpenPage, server: Server) -> None:
    mara = Customer(open_page())
    mara.arrive()
    mara.ask(f"Paper jam in tray two ({kind})", name="Mara Lindqvist-Wolfeschlegelsteinhausenbergerdorff")
    bo = Technician(open_page(kind), "bo", server.password)
    bo.page.goto("/console/login/")
    look(bo.page, f"login-{kind}")
    accessible(bo.page)
    bo.log_in()
    if kind == "rtl":  # the console speaks English only; its layout is ready for more
        bo.page.evaluate("document.documentElement.dir = 'rtl'")
    look(bo.page, f"inbox-{kind}")
    bo.open(f"Paper jam in tray two ({kind})")
    bo.claim()
    bo.reply("Open the rear door and pull the sheet out towards you")
    bo.note("Third one from this batch")
    bo.sees("Third one from this batch")
    mara.sees("Open the rear door and pull the sheet out towards you")
    look(bo.page, f"talk-{kind}")
    accessible(bo.page)
    look(mara.page, f"answered-{kind}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/", "/demo/", "/admin/login/", "/nowhere/"])
def test_the_pages(kind: str, path: str, open_page: OpenPage, watch: Any) -> None:
    watch.tolerate("404")
    page = open_page(kind)
    page.goto(path)
    look(page, f"page{path.replace('/', '-')}{kind}")
