"""The customer's ways back, browsers and endings: what they do, and how they look on every kind of screen."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, expect

from tests.browser.people import Customer, Technician
from tests.browser.pictures import accessible, inspect, look
from tests.browser.test_looks import KINDS
from tests.support.browser import OpenPage, Watch
from tests.support.cast import Cast
from tests.support.installation import Server
from tests.support.returning import secret_of, signed_identity

STEPS = "Please try the 2210 patch first"
FIX = "Install the 2210 patch, restart, scan from the Director"
RTL = {
    "I have chatted before": "سبق أن تحدّثت معكم",
    "Use my e-mail": "ببريدي الإلكتروني",
    "I have a key": "لديّ مفتاح",
}


def frame_of(customer: Customer) -> Frame:
    return next(one for one in customer.page.frames if "/widget/frame/" in one.url)


def signed_identity_of(secret: str, name: str) -> Callable[[], str]:
    """Makes a token for this person, a fresh one each time."""
    subject = secrets.token_hex(8)
    return lambda: signed_identity(secret, subject, name=name)


def solved(open_page: OpenPage, server: Server, text: str, kind: str = "desktop") -> Customer:
    """A customer whose problem has just been solved, in the conversation."""
    mara, ana = Customer(open_page(kind)), Technician(open_page(), "ana", server.password)
    mara.arrive()
    mara.ask(text, name="Mara")
    ana.log_in()
    ana.open(text)
    ana.claim()
    ana.reply(STEPS)
    mara.sees(STEPS)
    ana.resolve(problem="Does not scan", cause="Internet Explorer 7", fix=FIX)
    expect(mara.log).to_contain_text("Solved")
    return mara


@pytest.mark.looks
@pytest.mark.parametrize("kind", [*KINDS, "rtl"])
def test_the_ways_back_on_every_screen(kind: str, open_page: OpenPage, watch: Watch, server: Server) -> None:
    watch.tolerate("403")  # the wrong code and the wrong key
    mara = Customer(open_page(kind))
    mara.page.goto("/demo/")
    if kind == "rtl":
        mara.page.evaluate("Rapport.setLocale('ar')")
    mara.open()

    def press(words: str) -> None:
        words = RTL[words] if kind == "rtl" else words
        mara.frame.locator("main:visible").get_by_role("button", name=words).click()

    def seen(name: str) -> None:
        inspect(mara.page, name, kind, frame_of(mara))

    press("I have chatted before")
    seen("back-ways")
    press("Use my e-mail")
    field = mara.frame.locator("#answer")
    field.fill("mara")
    field.press("Enter")
    expect(mara.frame.locator("#answerError")).not_to_be_empty()
    expect(field).to_be_focused()
    field.fill(f"nobody-{kind}@nowhere.example")
    field.press("Enter")
    expect(mara.frame.locator(".code")).to_be_focused()
    seen("back-code")
    mara.frame.locator(".code").fill("123 456")
    expect(mara.frame.locator("#answerError")).not_to_be_empty()
    seen("back-wrong-code")
    for _ in range(2):
        field.press("Escape")
    press("I have a key")
    field.fill("rapp 12345")
    field.press("Enter")
    expect(mara.frame.locator("#answerError")).not_to_be_empty()
    seen("back-key")
    for _ in range(2):
        field.press("Escape") if field.count() else mara.page.keyboard.press("Escape")
    expect(mara.frame.locator("#home")).to_be_visible()
    mara.frame.locator("[data-do=more]").click()
    expect(mara.frame.get_by_role("switch")).to_be_visible()
    seen("more")


def test_a_key_at_the_end_opens_the_history_elsewhere(open_page: OpenPage, server: Server) -> None:
    mara = solved(open_page, server, "A key, please, for the one that does not scan")
    key = mara.key
    assert re.fullmatch(r"RAPP(-[0-9A-Z*~$=]{5}){4}", key)
    assert key not in str(frame_of(mara).evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])"))
    look(mara.page, "solved-key")
    accessible(frame_of(mara))
    later = Customer(open_page())
    later.arrive()
    later.has_chatted_before()
    later.enters_key(key.lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    assert later.key != key
    later.keeps_key()
    later.knows_again("Does not scan", FIX)
    look(later.page, "back-by-key")
    later.opens("Does not scan")
    later.sees(STEPS)


def test_signing_out_another_browser_ends_what_it_shows(open_page: OpenPage, server: Server) -> None:
    mara = solved(open_page, server, "Signed out at the library")
    later = Customer(
        open_page(user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    )
    later.arrive()
    later.has_chatted_before()
    later.enters_key(mara.key)
    later.keeps_key()
    later.opens("Does not scan")
    later.sees(STEPS)
    mara.sees_browsers()
    expect(mara.browsers).to_have_count(2)
    look(mara.page, "browsers")
    accessible(frame_of(mara))
    mara.signs_out("Firefox 128")
    expect(mara.browsers).to_have_count(1)
    expect(later.frame.locator("#home")).to_be_visible()
    expect(later.past).to_be_empty()
    assert FIX not in later.everything()


def test_a_shared_computer_keeps_nothing_beyond_its_window(open_page: OpenPage, server: Server) -> None:
    mara = solved(open_page, server, "Typed at the library")
    mara.shares_computer()
    look(mara.page, "shared")
    mara.page.reload()
    mara.open()
    mara.home()
    mara.knows_again(FIX)
    held = frame_of(mara).evaluate("Object.keys(localStorage)")
    assert [one for one in held if one.startswith("rapport.")] == []
    assert "rapport_device" not in {one["name"] for one in mara.page.context.cookies()}
    window = Customer(mara.page.context.new_page())
    window.arrive()
    expect(window.frame.locator("#home")).to_contain_text("I have chatted before")
    assert FIX not in window.everything()
    mara.is_forgotten()
    expect(mara.past).to_be_empty()
    assert FIX not in mara.everything()
    mara.page.reload()
    mara.open()
    expect(mara.frame.locator("#home")).to_contain_text("I have chatted before")


def test_the_next_person_at_one_computer(open_page: OpenPage, server: Server) -> None:
    secret = secret_of(Cast(server))
    mara, eve = (signed_identity_of(secret, name) for name in ("Mara", "Eve"))
    computer = Customer(open_page())
    computer.page.goto("/demo/")
    computer.identify(mara())
    computer.open()
    computer.ask("Mara's canary")
    computer.frame.locator("#say").fill("and half a canary")
    computer.identify(eve())
    expect(computer.frame.get_by_role("button", name="I have chatted before")).to_be_visible()
    assert "canary" not in computer.everything()
    computer.ask("What Eve asks")
    assert "canary" not in computer.everything()
    computer.identify(mara())
    expect(computer.running).to_contain_text("Mara's canary")
    assert "What Eve asks" not in computer.everything()
    computer.logout()
    expect(computer.frame.get_by_role("button", name="I have chatted before")).to_be_visible()
    assert "canary" not in computer.everything()
