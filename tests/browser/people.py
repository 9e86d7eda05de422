"""What a customer and a technician do with their pages, in words."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.customer import Customer

__all__ = ["Customer", "Technician"]


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

    def suggestion(self, name: str) -> Locator:
        """The suggestion that this may be `name`."""
        return self.card.locator(".suggestions > li").filter(has_text=name)

    def suggested(self, name: str, words: str = "Likely, not proven") -> Locator:
        """Wait until `name` is suggested, in these words, and unfold it."""
        found = self.suggestion(name)
        expect(found).to_contain_text(words, timeout=35_000)
        head = found.locator(".suggest")
        if head.get_attribute("aria-expanded") == "false":
            head.click()
        return found

    @property
    def recognition(self) -> Locator:
        """The recognition dialog."""
        return self.page.locator("dialog[data-part=recognise]")

    def ask_from_file(self, name: str, number: int = 0) -> str:
        """Put the question into the reply that stands at `number` for `name`, and send it; what was asked."""
        self._recognise(name)
        question = self.recognition.locator(".asks > li").nth(number)
        asked = question.locator("label").inner_text().strip()
        question.get_by_role("button", name="Put the question into my reply").click()
        expect(self.page.locator(".composer textarea")).to_have_value(asked)
        self.page.locator(".composer textarea").press("Enter")
        return asked

    def vouch(self, name: str, *, ticks: tuple[int, ...] = (), knew: str = "", reason: str = "") -> None:
        """Say that this is `name`: the questions that were answered rightly, what else they knew, why."""
        self._recognise(name)
        for number in ticks:
            self.recognition.locator(".asks input").nth(number).check()
        if knew:
            self.recognition.get_by_label("What else they knew").fill(knew)
        if reason:
            self.recognition.get_by_label("Why you are sure").fill(reason)
        self.recognition.locator("[data-part=save]").click()
        expect(self.recognition).to_be_hidden()

    def link_only(self, name: str, reason: str) -> None:
        """Link with `name` for technicians only."""
        self._recognise(name)
        linking = self.recognition.get_by_role("button", name="Link for technicians only")
        if linking.is_visible():  # an inbox without vouching goes there by itself
            linking.click()
        self.recognition.get_by_label("Why you are sure").fill(reason)
        self.recognition.get_by_role("button", name="Link them").click()
        expect(self.recognition).to_be_hidden()

    def look_at_history(self, name: str, reason: str) -> Locator:
        """Open the unproven history of `name`; the card that shows it."""
        self.suggested(name).get_by_role("button", name="Look at their history").click()
        self.because(reason, "Look at it")
        return self.card.locator(".disclosed").filter(has_text=name)

    def not_this_person(self, name: str) -> None:
        """Refuse the suggestion."""
        self.suggested(name).get_by_role("button", name="Not this person").click()
        expect(self.suggestion(name)).to_have_count(0)

    def agree(self) -> None:
        """Be the second person who agrees to a colleague's word."""
        self.card.get_by_role("button", name="Agree", exact=True).click()
        expect(self.card.get_by_role("button", name="Agree", exact=True)).to_have_count(0)

    def refuse(self, reason: str) -> None:
        """Be the second person who does not agree."""
        self.card.get_by_role("button", name="Refuse").click()
        self.because(reason, "Refuse")

    def take_back(self, name: str, reason: str) -> None:
        """Take back that this is `name`."""
        self.card.get_by_role("button", name=f"Take back that this is {name}").click()
        self.because(reason, "Take it back")
        expect(self.card.get_by_text(f"Taken back: {name}")).to_be_visible()

    def because(self, reason: str, go: str) -> None:
        """Answer the dialog that asks why."""
        dialog = self.page.locator("dialog[data-part=reason]")
        dialog.locator("textarea").fill(reason)
        dialog.get_by_role("button", name=go).click()
        expect(dialog).to_be_hidden()

    def resend(self) -> None:
        """Send the steps of the first past fix in the panel."""
        self.card.get_by_role("button", name="Resend these steps").first.click()
        expect(self.card.get_by_role("button", name="Sent").first).to_be_visible()

    def fixed_again(self) -> None:
        """Resolve with the first past fix in the panel, as it is."""
        self.card.get_by_role("button", name="This fixed it again").first.click()
        dialog = self.page.locator("dialog[data-part=resolve]")
        expect(dialog.locator("[data-part=again]")).to_be_visible()
        expect(dialog.locator("[name=fix]")).not_to_have_value("")
        dialog.get_by_role("button", name="Resolve").click()
        expect(dialog).to_be_hidden()

    def promise(self, text: str, day: str = "") -> None:
        """Promise something, until a day ("2026-07-03") if there is one."""
        self.card.get_by_role("button", name="I promise").click()
        self.card.get_by_label("I promise to").fill(text)
        self.card.get_by_label("Until").fill(day)
        self.card.get_by_role("button", name="Promise", exact=True).click()
        expect(self.card.locator(".promises")).to_contain_text(text)

    def keep(self, text: str) -> None:
        """Mark a promise as kept."""
        self.card.locator(".promises > li").filter(has_text=text).get_by_role("button", name="Kept").click()
        expect(self.card.locator(".promises > li").filter(has_text=text)).to_have_count(0)

    def _recognise(self, name: str) -> None:
        if not self.recognition.is_visible():
            self.suggested(name).get_by_role("button", name="This is them").click()
        expect(self.recognition).to_be_visible()
