"""The page behind the links in mails and the demo's page of mails: what people see and press, in every look."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.pictures import accessible, inspect, inspect_turned, look
from tests.browser.test_looks import KINDS
from tests.support.background import Background
from tests.support.browser import OpenPage, Watch
from tests.support.cast import Cast, Records
from tests.support.installation import Installation, Server

FIX = {
    "problem": "The PSC 2210v does not scan",
    "cause": "Internet Explorer 7 blocks the scan control",
    "fix": "1. Install the 2210 patch\n2. Restart\n3. Scan from the Director",
}
TOKEN = re.compile(r"/link/#(rl1_[\w-]+)")


class Post:
    """The mails that this test's server has kept for an address of its own."""

    def __init__(self, server: Server, background: Background) -> None:
        self.server, self.background = server, background
        self.address = f"mara{secrets.token_hex(4)}@oldmail.example"

    def mails(self) -> list[dict[str, str]]:
        """The newest first."""
        answer = httpx.get(f"{self.server.url}/demo/mail/", headers={"Accept": "application/json"})
        return [mail for mail in answer.json() if mail["to"] == self.address]

    def link(self) -> str:
        """The link in the newest mail."""
        found = TOKEN.search(self.mails()[0]["text"])
        assert found
        return f"{self.server.url}/link/#{found[1]}"

    def solved(self, text: str = "My PSC 2210v does not scan") -> str:
        """A conversation of somebody who typed the address, resolved: its id."""

        async def play() -> str:
            cast = Cast(self.server)
            mara, ana = await cast.customer(), await cast.technician("ana")
            begun = (await mara.start(text, about={"name": "Mara", "email": self.address}))["id"]
            await ana.claim(begun)
            await ana.say(begun, "Please install the 2210 patch.")
            await ana.resolve(begun, **FIX)
            await cast.leave()
            return str(begun)

        return self.background(play())

    def to_ask(self) -> None:
        """The address is proven, and the time to ask has come."""
        records = Records(self.server.installation)
        records.ask("UPDATE customers_identifier SET proof = 'proven' WHERE value = ?", self.address)

    def state(self, conversation: str) -> tuple[str, str]:
        """(status, state of the newest outcome)."""
        key: object = conversation
        if not self.server.installation.database_url:
            key = conversation.replace("-", "")
        return Records(self.server.installation).ask(
            "SELECT c.status, o.state FROM chat_conversation c JOIN chat_outcome o ON o.conversation_id = c.id"
            " WHERE c.id = ? ORDER BY o.at DESC",
            key,
        )[0]


@pytest.fixture
def post(server: Server, background: Background) -> Post:
    return Post(server, background)


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


@pytest.mark.parametrize("kind", KINDS)
def test_yes_this_was_me(kind: str, open_page: OpenPage, post: Post) -> None:
    post.solved(f"It does not scan ({kind})")
    page = open_page(kind)
    page.goto("/demo/mail/")
    inspect_turned(page, "mails", kind)
    expect(page.get_by_role("link", name="Show the new mail")).to_be_hidden()
    first = page.locator("article").filter(has_text=post.address)
    expect(first).to_contain_text("Was this you?")
    first.get_by_role("link").click()
    heading(page, "Was this you?")
    assert page.evaluate("location.hash") == "", "the secret does not stay in the address bar"
    assert "rl1_" not in page.url
    inspect_turned(page, "link-yes", kind)
    assert len(post.mails()) == 1, "opening it has done nothing"
    page.get_by_role("button", name="Yes, this was me").click()
    heading(page, "Done")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    inspect(page, "link-done", kind)
    assert [mail["subject"][:12] for mail in post.mails()] == ["Your convers", "Was this you"]


@pytest.mark.looks
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_is_of_no_use(kind: str, open_page: OpenPage, watch: Watch) -> None:
    watch.tolerate("403")
    page = open_page(kind)
    page.goto("/link/#rl1_nothing")
    heading(page, "This link does not work any more")
    inspect_turned(page, "link-gone", kind)
    page.goto("/link/")
    heading(page, "This link does not work any more")
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_link_works_once_and_another_one_in_the_same_window_too(
    open_page: OpenPage, post: Post, watch: Watch
) -> None:
    watch.tolerate("403")
    post.solved()
    link = post.link()
    page = open_page()
    page.goto(link)
    page.get_by_role("button", name="Yes, this was me").click()
    heading(page, "Done")
    page.evaluate("address => { location.href = address }", link)
    heading(page, "This link does not work any more")
    page.reload()
    heading(page, "This link does not work any more")


def test_no_is_an_answer_that_needs_nobody(open_page: OpenPage, post: Post) -> None:
    post.solved()
    page = open_page()
    page.goto(post.link())
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_text("nothing to do")).to_be_visible()
    assert len(post.mails()) == 1
    page.goto("about:blank")
    page.goto(post.link())
    heading(page, "Was this you?")


def test_when_the_network_fails_the_button_stays(open_page: OpenPage, post: Post, watch: Watch) -> None:
    watch.tolerate("Failed to load|ERR_FAILED|ERR_INTERNET")
    post.solved()
    page = open_page("phone")
    page.route("**/link", lambda route: route.abort())
    page.goto(post.link())
    expect(page.get_by_role("alert")).to_have_text("That did not get through. Please try again.")
    page.unroute("**/link")
    page.get_by_role("button", name="Try again").click()
    heading(page, "Was this you?")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.route("**/link/use", lambda route: route.abort())
    yes = page.get_by_role("button", name="Yes, this was me")
    yes.click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert yes.get_attribute("aria-describedby") == "wrong"
    look(page, "link-failed-phone")
    accessible(page)
    page.unroute("**/link/use")
    yes.click()
    heading(page, "Done")


@pytest.fixture(scope="module")
def solved_days_ago() -> Iterator[dict[str, tuple[Post, str]]]:
    """By screen: somebody whose problem was solved four days ago, and the conversation; all on one server."""
    with closing(Installation()) as installation, closing(Background()) as background:
        server = installation.server(WORKER="true")
        people = {kind: Post(server, background) for kind in KINDS}
        found = {kind: (post, post.solved()) for kind, post in people.items()}
        for post in people.values():
            post.to_ask()
        server.stop()
        server.days_ahead = 4
        server.start()
        yield found


@pytest.mark.parametrize(
    ("kind", "button", "then"),
    [
        ("desktop", "Yes, it is fixed", ("resolved", "held")),
        ("phone", "No, it came back", ("waiting", "failed")),
    ],
)
def test_is_it_still_fixed(
    kind: str,
    button: str,
    then: tuple[str, str],
    open_page: OpenPage,
    solved_days_ago: dict[str, tuple[Post, str]],
) -> None:
    post, talk = solved_days_ago[kind]
    page = open_page(kind, base_url=post.server.url)
    page.goto("/demo/mail/")
    for _ in range(100):
        if post.mails()[0]["subject"].startswith("Is it still fixed?"):
            break
        page.wait_for_timeout(200)
    page.goto(post.link())
    heading(page, "Is it still fixed?")
    expect(page.locator("dd").last).to_have_text(FIX["fix"])
    inspect(page, "link-held", kind)
    page.get_by_role("button", name=button).click()
    heading(page, "Done")
    assert post.state(talk) == then


def test_the_page_of_mails_tells_of_a_new_one(open_page: OpenPage, post: Post) -> None:
    page = open_page()
    page.goto("/demo/mail/")
    assert post.address not in page.content()
    post.solved()
    page.get_by_role("link", name="Show the new mail").click()
    expect(page.locator("article").first).to_contain_text(post.address)


def test_a_transcript_on_paper(open_page: OpenPage, post: Post) -> None:
    async def printed() -> str:
        cast = Cast(post.server)
        mara, ana = await cast.customer(), await cast.technician("ana")
        begun = (await mara.start("My PSC 2210v does not scan\n\nمرحبا <b>not bold</b>"))["id"]
        await ana.claim(begun)
        await ana.say(begun, "Please install the 2210 patch.\n" + "Pneumono" * 20)
        await ana.resolve(begun, **FIX)
        answer = await mara.http.post(f"/api/widget/v1/conversations/{begun}/transcript", json={})
        await cast.leave()
        assert answer.status_code == 200, answer.text
        return answer.text

    text = post.background(printed())
    for kind in ("desktop", "phone"):
        page = open_page(kind)
        page.goto("/")
        # As the widget opens it: from memory.
        page.evaluate(
            "html => { location.href = URL.createObjectURL(new Blob([html], {type: 'text/html'})) }", text
        )
        expect(page.get_by_text("Please install the 2210 patch.")).to_be_visible()
        assert page.url.startswith("blob:")
        # The words are there before the style sheet is.
        expect(page.locator(".said").first).to_have_css("white-space", "pre-wrap")
        assert page.locator("dd").first.text_content() == FIX["problem"]
        look(page, f"transcript-{kind}")
        accessible(page)
