"""The technician's side of recognising somebody: what stands in the panel, and that it never gets in the way."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.people import Customer, Technician
from tests.browser.pictures import inspect_turned
from tests.browser.staged import LINKS, MARA, PROMISES, QUESTIONS, SIMILAR, SUGGESTIONS, Stage
from tests.browser.test_looks import KINDS
from tests.support.browser import OpenPage
from tests.support.installation import Server

pytestmark = pytest.mark.looks  # on a stage: what stands in the panel comes from no database

PREVIEW = {
    "a": {"id": "1", "name": "M. Lindqvist", "identifiers": [], "conversations": 1, "since": None},
    "b": {
        "id": MARA,
        "name": "Mara Lindqvist",
        "identifiers": [{"kind": "serial", "value": "MY2B7C14TQ", "proof": "claimed"}],
        "conversations": 3,
        "since": "2026-03-02T00:00:00Z",
    },
    "together": {"customers": 2, "conversations": 4},
}


def visit(open_page: OpenPage, server: Server, words: str, kind: str = "desktop") -> tuple[Technician, Stage]:
    """Ana at a conversation that Mara has begun with these words, with a stage between her and the server."""
    mara = Customer(open_page())
    mara.arrive()
    mara.ask(words, name="M. Lindqvist")
    page = open_page(kind)
    stage = Stage(page)
    ana = Technician(page, "ana", server.password)
    ana.log_in()
    ana.open(words)
    expect(ana.card.locator("form.promise")).to_be_attached()  # its context is here
    return ana, stage


@pytest.mark.parametrize("kind", KINDS)
def test_every_face_of_it(kind: str, open_page: OpenPage, server: Server) -> None:
    ana, stage = visit(open_page, server, f"The scanner is silent ({kind})", kind)
    stage.answers = {
        "links/preview": (200, PREVIEW),
        "POST .*/disclosures": (200, {"conversations": []}),
    }
    stage.show(suggestions=SUGGESTIONS, similar=SIMILAR, promises=PROMISES, links=LINKS)
    if kind == "phone":
        ana.page.locator("[data-part=strip]").click()
    ana.suggested("Mara Lindqvist")
    inspect_turned(ana.page, "suggested", kind)
    ana.look_at_history("Mara Lindqvist", "Asks for the same steps")
    ana.suggestion("Mara Lindqvist").get_by_role("button", name="This is them").click()
    inspect_turned(ana.page, "recognise", kind)
    ana.recognition.get_by_role("button", name="Link for technicians only").click()
    expect(ana.recognition).to_contain_text("4 conversations")
    inspect_turned(ana.page, "link", kind)
    ana.page.keyboard.press("Escape")
    expect(ana.recognition).to_be_hidden()
    focused = ana.suggestion("Mara Lindqvist").get_by_role("button", name="This is them")
    expect(focused).to_be_focused()
    ana.card.get_by_role("button", name="Take back that").click()
    inspect_turned(ana.page, "take-back", kind)


def test_suggestions_do_not_disturb_whoever_writes(open_page: OpenPage, server: Server) -> None:
    ana, stage = visit(open_page, server, "The lamp of the scanner flickers")
    box = ana.page.locator(".composer textarea")
    box.press_sequentially("Let me ")
    before = ana.log.bounding_box()
    stage.show(suggestions=SUGGESTIONS[1:])
    ana.suggested("Marta Lindquist", "Possible, not proven")
    expect(ana.page.locator("[data-part=announcer]")).to_contain_text("Possible, not proven: Marta Lindquist")
    box.press_sequentially("have ")
    stage.show(suggestions=SUGGESTIONS)
    ana.suggested("Mara Lindqvist")
    box.press_sequentially("a look")
    expect(box).to_be_focused()
    expect(box).to_have_value("Let me have a look")
    assert ana.log.bounding_box() == before
    names = ana.card.locator(".suggestions .title")
    expect(names).to_have_text(["Mara Lindqvist", "Marta Lindquist"])
    ana.suggestion("Mara Lindqvist").hover()
    stage.show(suggestions=SUGGESTIONS[1:])
    expect(ana.suggestion("Mara Lindqvist")).to_contain_text("No longer suggested")
    expect(names).to_have_text(["Mara Lindqvist", "Marta Lindquist"])
    box.hover()
    expect(names).to_have_text(["Marta Lindquist"])


def test_steps_are_sent_once(open_page: OpenPage, server: Server) -> None:
    ana, stage = visit(open_page, server, "The lid of the scanner is loose")
    stage.answers = {"POST .*/resend-fix": (201, {})}
    stage.show(suggestions=SUGGESTIONS)
    steps = ana.suggested("Mara Lindqvist").locator("[data-act^=resend]")
    steps.dblclick()
    expect(steps).to_contain_text("Sent")
    steps.click(force=True)
    assert len(stage.sent("/resend-fix")) == 1


def test_asking_and_vouching(open_page: OpenPage, server: Server, watch: Any) -> None:
    watch.tolerate("503")
    ana, stage = visit(open_page, server, "The scanner hums and stops")
    ana.claim()
    stage.show(suggestions=SUGGESTIONS)
    stage.answers = {"POST .*/vouch": (503, {"code": "unavailable", "message": "Not now. Please try again."})}
    asked = ana.ask_from_file("Mara Lindqvist", 1)
    ana.sees(asked)
    expect(ana.log).not_to_contain_text(QUESTIONS[1]["expect"])
    ana.recognition.locator("[data-part=save]").click()
    expect(ana.recognition.get_by_role("alert")).to_contain_text("Tick what matched")
    ana.recognition.locator(".asks input").nth(1).check()
    ana.recognition.get_by_label("What else they knew").fill("the name of her dog")
    ana.recognition.locator("[data-part=save]").click()
    expect(ana.recognition.get_by_role("alert")).to_contain_text("Not now. Please try again.")
    ana.page.keyboard.press("Escape")
    ana.page.keyboard.press("Alt+r")
    expect(ana.recognition.locator(".asks input").nth(1)).to_be_checked()
    stage.answers = {
        "POST .*/vouch": (201, {"link": "l", "grant": "g", "expires_at": "2099-12-22T10:00:00Z"})
    }
    ana.vouch("Mara Lindqvist")
    expect(ana.card).to_contain_text("shows the history of Mara Lindqvist until 22 December 2099")
    facts = ["Roughly when did you write to us last? 3 March, in the morning", "the name of her dog"]
    assert stage.sent("/vouch")[-1] == {"customer": MARA, "facts": facts, "reason": ""}
