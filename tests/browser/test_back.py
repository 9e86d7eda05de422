"""Known again: March with Internet Explorer 7 and the old address, July with another browser and a new one."""

from __future__ import annotations

import re
import secrets
import time

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.people import Customer, Technician
from tests.browser.pictures import look
from tests.support.browser import OpenPage, Watch
from tests.support.clients import FIREFOX_ON_LINUX, IE7_ON_XP
from tests.support.installation import Server

PROBLEM = "My PSC 2210v will not scan, it stops at warming up"
FIX = "Install the 2210 patch, restart, scan from the Director"


class Mailbox:
    """An address, and what the demo has kept for it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.address = f"{name}.{secrets.token_hex(4)}@example.com"

    def newest(self, subject: str) -> str:
        """The text of the newest mail whose subject holds `subject`, as soon as it is there."""
        for _ in range(50):
            answer = httpx.get(f"{self.server.url}/demo/mail/", headers={"Accept": "application/json"})
            found = [one for one in answer.json() if one["to"] == self.address and subject in one["subject"]]
            if found:
                return str(found[0]["text"])
            time.sleep(0.1)
        raise AssertionError(f"no mail to {self.address} about {subject!r}")

    def link(self, subject: str) -> str:
        """The link in it."""
        found = re.search(r"http\S+/link/#\S+", self.newest(subject))
        assert found
        return found[0]


class March:
    """What happened then: the customer's page, the technician's, the old mailbox and the key."""

    def __init__(self, open_page: OpenPage, server: Server, *, name: str) -> None:
        self.name, self.mailbox = name, Mailbox(server, "mara.old")
        self.ana = Technician(open_page(), "ana", server.password)
        self.mara = Customer(open_page(user_agent=IE7_ON_XP))
        self.ana.log_in()
        self.mara.arrive()
        self.subject = f"{PROBLEM} {secrets.token_hex(3)}"
        self.mara.ask(self.subject, name=name)
        self.ana.open(self.subject)
        self.ana.claim()
        self.ana.reply("Hello Mara, which browser do you use?")
        self.mara.say("Internet Explorer 7")
        self.ana.sees("Internet Explorer 7")
        self.ana.resolve(problem=PROBLEM, cause="Internet Explorer 7 blocks the scan control", fix=FIX)
        expect(self.mara.log).to_contain_text("Solved")
        self.key = self.mara.key

    def proves_address(self) -> None:
        """She has the conversation sent to her, and says that the address is hers."""
        self.mara.sends_conversation(self.mailbox.address)
        page = self.mara.page.context.new_page()
        page.goto(self.mailbox.link("Was this you?"))
        page.get_by_role("button", name=re.compile("Yes")).click()
        expect(page.get_by_text("Thank you").first).to_be_visible()
        self.key = re.search(r"RAPP-\S+", self.mailbox.newest("Your conversation")).group(0)  # type: ignore[union-attr]
        page.close()


@pytest.fixture
def march(open_page: OpenPage, server: Server) -> March:
    """Helped in March, under a name of this test's own."""
    family = "".join(secrets.choice("bdfgklmnprstv") + secrets.choice("aeiou") for _ in range(4))
    return March(open_page, server, name=f"Mara {family.capitalize()}quist")


def july(open_page: OpenPage, kind: str = "desktop") -> Customer:
    """Another browser profile, another user agent."""
    mara = Customer(open_page(kind, user_agent=FIREFOX_ON_LINUX))
    mara.arrive()
    return mara


def test_the_old_mailbox_two_inputs_and_under_a_minute(open_page: OpenPage, march: March) -> None:
    march.proves_address()
    mara = july(open_page)
    began = time.monotonic()
    mara.has_chatted_before()
    mara.asks_for_code(march.mailbox.address)
    digits = re.search(r"(?<!\d)\d{6}(?!\d)", march.mailbox.newest("Your code"))
    assert digits
    mara.enters_code(f"{digits[0][:3]} {digits[0][3:]}")
    mara.knows_again(FIX)
    assert time.monotonic() - began < 60
    look(mara.page, "back-mailbox")
    mara.page.reload()
    mara.open()
    mara.knows_again(FIX)


def test_the_resume_key(open_page: OpenPage, watch: Watch, march: March) -> None:
    watch.tolerate("403")  # the browser's own word for the used key
    mara = july(open_page, "phone")
    mara.has_chatted_before()
    mara.enters_key(march.key.lower().replace("-", " "))
    new = mara.key
    assert new != march.key
    look(mara.page, "back-key")
    mara.keeps_key()
    mara.knows_again(FIX)

    thief = july(open_page)
    thief.has_chatted_before()
    thief.enters_key(march.key)
    thief.wrong("Each key works once")


def test_neither_mailbox_nor_browser(open_page: OpenPage, march: March) -> None:
    march.proves_address()
    mara, ana = july(open_page), march.ana
    mara.ask(
        "Hello, it is me again: my PSC 2210v will not scan any more, you fixed it in spring", name=march.name
    )
    ana.open("it is me again")
    ana.claim()
    found = ana.suggested(march.name)
    expect(found).to_contain_text("PSC 2210v")
    expect(found).to_contain_text(re.compile("name", re.IGNORECASE))
    look(ana.page, "back-likely")
    asked = ana.ask_from_file(march.name)
    mara.sees(asked)
    mara.say("There was a patch, then a restart, and scanning from the Director")
    ana.sees("There was a patch, then a restart, and scanning from the Director")
    ana.vouch(march.name, ticks=(0,), knew="She named all three steps")

    mara.home()
    expect(mara.past).to_contain_text(FIX)
    look(mara.page, "back-vouched")
    expect(ana.card).to_contain_text("Internet Explorer 7")

    owner = march.mara.page.context.new_page()
    owner.goto(march.mailbox.link("were opened"))
    owner.get_by_role("button", name=re.compile("not me", re.IGNORECASE)).click()
    expect(owner.get_by_text("The access has ended").first).to_be_visible()
    expect(mara.frame.locator("#home")).not_to_contain_text(FIX, timeout=5_000)
    assert FIX not in mara.everything(), "nothing of it is left in the page or its storage"
    expect(mara.frame.get_by_text("We have found your earlier")).to_have_count(0)
    expect(ana.log).to_contain_text(re.compile("not them|not me|taken back", re.IGNORECASE))
    expect(ana.page.get_by_text("Recognised. This browser shows")).to_have_count(0)
    ana.suggested(march.name)
