"""What a customer does with the widget on a host page, in words."""

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
        self.frame.locator("#home [data-part=start]").click()
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

    def home(self) -> None:
        """To the first screen, from wherever one is."""
        for _ in range(4):
            if self.frame.locator("#home").is_visible():
                return
            self.frame.locator("main:visible [data-do=home], main:visible [data-do=back]").click()
        expect(self.frame.locator("#home")).to_be_visible()

    def menu(self) -> None:
        """To the quiet entries: ways back, browsers, shared computer."""
        self.home()
        self.frame.get_by_role("button", name="Your history and this computer").click()
        expect(self.frame.get_by_role("switch")).to_be_visible()

    def has_chatted_before(self) -> None:
        """To the ways back: from the first screen, or from the menu for whoever has a history here."""
        self.home()
        quick = self.frame.locator("#home").get_by_role("button", name="I have chatted before")
        expect(self.frame.locator("#home [data-part=more]")).to_be_visible()
        if not quick.is_visible():
            self.menu()
        self.frame.locator("main:visible").get_by_role("button", name="I have chatted before").click()
        expect(self.frame.get_by_role("button", name="Use my e-mail")).to_be_visible()

    def asks_for_code(self, address: str) -> None:
        """From the ways back: have a code sent. The same screen follows for every address."""
        self.frame.get_by_role("button", name="Use my e-mail").click()
        self.frame.get_by_label("Your e-mail address, now or back then").fill(address)
        self.frame.get_by_role("button", name="Send me a code").click()
        expect(self.frame.get_by_text("If we know this address, a code is on its way.")).to_be_visible()

    def enters_code(self, code: str) -> None:
        """Type or paste the code; it is sent off by itself when six digits are there."""
        self.frame.get_by_label("The 6 digits from the mail").fill(code)

    def enters_key(self, key: str) -> None:
        """From the ways back: use a resume key, however it is written."""
        self.frame.get_by_role("button", name="I have a key").click()
        self.frame.get_by_label("Your key").fill(key)
        self.frame.get_by_role("button", name="Show my conversations").click()

    @property
    def key(self) -> str:
        """The resume key that is shown: at the end of a conversation, or after one was used."""
        shown = self.frame.locator("main:visible .key")
        expect(shown).to_be_visible()
        return "".join((shown.text_content() or "").split())

    def keeps_key(self) -> None:
        """After a key was used: go on to the conversations."""
        self.frame.get_by_role("button", name="I have kept it").click()
        expect(self.frame.locator("#home")).to_be_visible()

    def gets_key(self) -> str:
        """In a solved conversation: have a key made."""
        self.frame.get_by_role("button", name="Get a key for next time").click()
        return self.key

    def wrong(self, words: str) -> None:
        """Wait until what was entered is refused in these words."""
        expect(self.frame.locator("main:visible [role=alert]:visible").first).to_contain_text(words)

    def knows_again(self, *words: str) -> None:
        """Wait until the first screen welcomes back and shows past conversations with all of `words`."""
        expect(self.frame.locator("#home h1")).to_contain_text("Welcome back")
        for text in words:
            expect(self.past).to_contain_text(text)

    @property
    def past(self) -> Locator:
        """The earlier conversations on the first screen, with what fixed them."""
        return self.frame.locator("#home [data-part=past]")

    @property
    def running(self) -> Locator:
        """The open conversations on the first screen."""
        return self.frame.locator("#home [data-part=open]")

    def opens(self, text: str) -> None:
        """Open the conversation of the first screen that shows `text`."""
        self.home()
        self.frame.locator("#home .row").filter(has_text=text).first.click()
        expect(self.log).to_be_visible()

    def sends_conversation(self, address: str = "") -> None:
        """In a solved conversation: have it mailed, to the address that stands there unless one is given."""
        self.frame.get_by_role("button", name="Send me the conversation").click()
        if address:
            self.frame.locator("main:visible").get_by_label("Your e-mail address").fill(address)
        self.frame.get_by_role("button", name="Send", exact=True).first.click()
        expect(self.frame.get_by_text("Done: look into the mailbox")).to_be_visible()

    @property
    def browsers(self) -> Locator:
        """The list of browsers that can open the history; `menu` and then a click lead there."""
        return self.frame.locator(".devices > li")

    def sees_browsers(self) -> None:
        """To the browsers that can open the history."""
        self.menu()
        self.frame.get_by_role("button", name="Browsers that can open my history").click()
        expect(self.browsers.first).to_be_visible()

    def signs_out(self, browser: str) -> None:
        """In the list of browsers: sign out the one that shows this text."""
        item = self.browsers.filter(has_text=browser).first
        item.get_by_role("button", name="Sign out").click()
        item.locator(".sure").get_by_role("button", name="Sign out").click()

    def shares_computer(self) -> None:
        """Say that this is a shared computer."""
        self.menu()
        self.frame.get_by_role("switch").click()
        expect(self.frame.get_by_role("switch")).to_be_checked()

    def is_forgotten(self) -> None:
        """Have this computer forget at once."""
        self.menu()
        self.frame.get_by_role("button", name="Forget me on this computer now").click()
        self.frame.get_by_role("button", name="Forget me", exact=True).click()
        expect(self.frame.locator("#home")).to_be_visible()

    @property
    def still_fixed(self) -> Locator:
        """The question whether the fix has held, on the screen that is shown."""
        return self.frame.locator("main:visible [data-part=held]")

    def says_held(self, held: bool) -> None:
        """Answer it."""
        self.still_fixed.get_by_role("button", name="Yes, still works" if held else "No, it is back").click()

    def identify(self, token: str) -> None:
        """What the host page does when somebody is logged in there."""
        self.page.evaluate("(token) => Rapport.identify(token)", token)

    def logout(self) -> None:
        """What the host page does when they log out."""
        self.page.evaluate("Rapport.logout()")

    def everything(self) -> str:
        """All that the frame holds: its page with what cannot be seen, its fields, its storage."""
        frame = next(one for one in self.page.frames if "/widget/frame/" in one.url)
        fields = "[...document.querySelectorAll('input, textarea')].map((one) => one.value)"
        kept = "[{...localStorage}, {...sessionStorage}]"
        return frame.content() + str(frame.evaluate(f"JSON.stringify([{fields}, {kept}])"))
