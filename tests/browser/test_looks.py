"""Every face of the product on a desktop, a phone, in the dark and from right to left.

The pictures are kept in .build/pictures for somebody to look at; what a machine can see is checked here:
nothing sticks out sideways, and the accessibility rules hold.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.people import Customer, Technician
from tests.browser.pictures import inspect, inspect_turned, look
from tests.support.browser import OpenPage
from tests.support.installation import Server

pytestmark = pytest.mark.looks

#: Within a visit the desktop is looked at in the dark and from right to left too.
KINDS = ("desktop", "phone")


@pytest.mark.parametrize("kind", [*KINDS, "rtl"])
def test_the_customers_side(kind: str, open_page: OpenPage, server: Server) -> None:
    mara = Customer(open_page(kind))
    mara.page.goto("/demo/")
    if kind == "rtl":  # the host page is English; a site in Arabic says so to its widget
        mara.page.evaluate("Rapport.setLocale('ar')")
    look(mara.page, f"host-{kind}")
    mara.launcher.click()
    expect(mara.frame.locator("#home")).to_be_visible()
    frame = next(one for one in mara.page.frames if "/widget/frame/" in one.url)
    inspect(mara.page, "home", kind, frame)
    mara.ask(f"The scanner lamp stays dark ({kind}), and a very long word follows: {'Pneumono' * 12}")
    inspect(mara.page, "waiting", kind, frame)


@pytest.mark.parametrize("kind", KINDS)
def test_the_technicians_side(kind: str, open_page: OpenPage, server: Server) -> None:
    mara = Customer(open_page())
    mara.arrive()
    mara.ask(f"Paper jam in tray two ({kind})", name="Mara Lindqvist-Wolfeschlegelsteinhausenbergerdorff")
    bo = Technician(open_page(kind), "bo", server.password)
    bo.page.goto("/console/login/")
    inspect_turned(bo.page, "login", kind)
    bo.log_in()
    inspect_turned(bo.page, "inbox", kind)
    bo.open(f"Paper jam in tray two ({kind})")
    bo.claim()
    bo.reply("Open the rear door and pull the sheet out towards you")
    bo.note("Third one from this batch")
    bo.sees("Third one from this batch")
    mara.sees("Open the rear door and pull the sheet out towards you")
    inspect_turned(bo.page, "talk", kind)
    look(mara.page, f"answered-{kind}")


@pytest.mark.parametrize("kind", [*KINDS, "dark"])
@pytest.mark.parametrize("path", ["/", "/demo/", "/admin/login/", "/nowhere/"])
def test_the_pages(kind: str, path: str, open_page: OpenPage, watch: Any) -> None:
    watch.tolerate("404")
    page = open_page(kind)
    page.goto(path)
    look(page, f"page{path.replace('/', '-')}{kind}")
