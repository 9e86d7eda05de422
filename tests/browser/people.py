"""What a customer and a technician do with their pages, in words."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page, expect


class Customer:
    """Somebody on a host page with the widget."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def frame(self) -> FrameLocator:
        """The widget's frame."""
        return self.page.frame_locator("iframe[src*='/widget/frame/']")

    @property
    def launcher(self) -> Locator:
        """The round button."""
        return self.page.locator("button[aria-haspopup=dialog]")

    def arrive(self) -> None:
        """Open the support page and the widget."""
        self.page.goto("/demo/")
        self.open()

    def open(self) -> None:
        """Open the widget, unless it has come back open by itself, as it was before a reload."""
        expect(self.launcher).to_be_visible()
        if self.launcher.get_attribute("aria-expanded") == "false":
            self.launcher.click()
        expect(self.frame.locator("main:visible")).to_have_count(1)

    def ask(self, text: str, *, name: str = "") -> None:
        """Begin a conversation."""
        self.frame.locator("#home .go").click()
        self.frame.locator("#first").fill(text)
        if name:
            self.frame.get_by_label("Name").fill(name)
        self.frame.locator("#start .go").click()
        expect(self.log).to_contain_text(text)

    def say(self, text: str) -> None:
        """Write one more message."""
        self.frame.locator("#say").fill(text)
        self.frame.locator("#say").press("Enter")

    @property
    def log(self) -> Locator:
        """The open conversation."""
        return self.frame.get_by_role("log")

    def sees(self, text: str) -> None:
        """Wait until the open conversation shows `text`, once; as long as a reconnection may take."""
        expect(self.log.get_by_text(text)).to_have_count(1, timeout=35_000)


class Technician:
    """Somebody at the console."""

    def __init__(self, page: Page, username: str, password: str) -> None:
        self.page, self.username, self.password = page, username, password

    def log_in(self) -> None:
        """From the log-in page to the inbox."""
        self.page.goto("/console/")
        self.page.get_by_label("User name").fill(self.username)
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_label("Password").press("Enter")
        expect(self.page.get_by_role("heading", name="Inbox")).to_be_visible()

    def row(self, text: str) -> Locator:
        """The row of the lists that shows `text`."""
        return self.page.locator("section[data-list] li").filter(has_text=text).first

    def open(self, text: str) -> None:
        """Choose a conversation."""
        self.row(text).click()
        expect(self.page.locator("[data-part=open]")).to_be_visible()

    def claim(self) -> None:
        """Take the open conversation."""
        self.page.get_by_role("button", name="Claim").click()
        expect(self.page.get_by_role("button", name="Resolve", exact=True).first).to_be_visible()

    def reply(self, text: str) -> None:
        """Answer."""
        self.page.locator(".composer textarea").fill(text)
        self.page.locator(".composer textarea").press("Enter")

    def note(self, text: str) -> None:
        """Write what only technicians see."""
        self.page.get_by_role("radio", name="Note").check()
        self.reply(text)
        self.page.get_by_role("radio", name="Reply").check()

    def resolve(self, **fields: str) -> None:
        """Fill the four fields and save; fields not named stay as they were prefilled."""
        self.page.locator("[data-part=actions]").get_by_role("button", name="Resolve").click()
        dialog = self.page.get_by_role("dialog")
        for name, text in fields.items():
            dialog.locator(f"[name={name}]").fill(text)
        dialog.get_by_role("button", name="Resolve").click()
        expect(dialog).to_be_hidden()

    @property
    def log(self) -> Locator:
        """The open conversation."""
        return self.page.get_by_role("log")

    def sees(self, text: str) -> None:
        """Wait until the open conversation shows `text`, once; as long as a reconnection may take."""
        expect(self.log.get_by_text(text)).to_have_count(1, timeout=35_000)

    @property
    def card(self) -> Locator:
        """The side panel."""
        return self.page.locator("[data-part=details]")
