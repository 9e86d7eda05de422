"""What the tests of unsent messages share: what the database has of them, broken clients, browsers that are killed."""

from __future__ import annotations

import os
import re
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from playwright.sync_api import BrowserContext, Page, Route

from tests.support.cast import Records
from tests.support.installation import Server

#: What a browser says of a way that is closed.
CLOSED = "WebSocket|ERR_CONNECTION|ERR_EMPTY|ERR_FAILED|Failed to load|status of 5|Failed to fetch"

#: Broken clients: module, what is replaced in it as it is served, and by what.
NO_VAULT = ("shared/vault", r"globalThis\.indexedDB\?", "false?")
NEW_ID_EACH_TIME = (
    "widget/link",
    r'(type:"message\.send",conversation:\w+,)client_id:?\w*',
    r"\1client_id:crypto.randomUUID()",
)
FORGETS_AT_ONCE = (
    "shared/outbox",
    r"this\.kept\.entries\.set\((\w+)\.client_id,",
    r"this.kept.openVault=null,this.kept.shelf.remove(\1.client_id),this.kept.entries.set(\1.client_id,",
)
NEVER_POLLS = ("widget/link", r"async(#\w+)\(\)\{if\(this\.#\w+\|\|this\.#\w+\)return;", r"async\1(){return;")

#: In the widget's frame: everything that its databases hold, as one text.
ON_DISK = """async () => {
  let found = "";
  for (const { name } of await indexedDB.databases()) {
    const kept = await new Promise((done) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
    });
    for (const store of kept.objectStoreNames) {
      found += await new Promise((done) => {
        const all = kept.transaction(store).objectStore(store).getAll();
        all.onsuccess = () => done(JSON.stringify(all.result));
      });
    }
    kept.close();
  }
  return found;
}"""


class Marked:
    """Messages of one test, told apart from all others by a word."""

    def __init__(self, server: Server) -> None:
        self.records = Records(server.installation)
        self.word = f"m{secrets.token_hex(6)}"

    def __call__(self, number: int | str) -> str:
        """A text."""
        return f"{self.word} {number}"

    def stored(self) -> list[str]:
        """What follows the word, for each message that is stored, in the log's order."""
        rows = self.records.ask(
            "SELECT text FROM chat_event WHERE kind = 'message' AND text LIKE ? ORDER BY conversation_id, seq",
            f"{self.word} %",
        )
        return [str(text).removeprefix(self.word).strip() for (text,) in rows]

    def kept(self, page: Page, *numbers: int) -> None:
        """Wait until the browser has these on disk: what is typed a moment before a kill may be lost with it."""
        frame = next(one for one in page.frames if "/widget/frame/" in one.url)
        wanted = [self(number) for number in numbers]
        eventually(
            page,
            lambda: all(text in frame.evaluate(ON_DISK) for text in wanted),
            lambda: f"the browser never kept {wanted}",
        )

    def conversation(self) -> str:
        """The id of the conversation they stand in."""
        rows = self.records.ask("SELECT conversation_id FROM chat_event WHERE text LIKE ?", f"{self.word} %")
        return str(UUID(str(rows[0][0])))

    def arrive(self, page: Page, *numbers: int | str) -> None:
        """Wait until exactly these are stored, in this order; fail when something else is after a while."""
        wanted = [str(number) for number in numbers]
        eventually(page, lambda: self.stored() == wanted, lambda: f"{self.stored()} instead of {wanted}")
        page.wait_for_timeout(500)  # a second copy would come now
        assert self.stored() == wanted


def eventually(
    page: Page,
    so: Callable[[], bool],
    words: Callable[[], str] = lambda: "it did not happen",
    *,
    within: float = 40,
) -> None:
    """Wait while the page goes on living. Raises AssertionError."""
    until = time.monotonic() + within
    while not so():
        assert time.monotonic() < until, words()
        page.wait_for_timeout(100)


def broken(context: BrowserContext, module: str, pattern: str, replacement: str) -> None:
    """Serve a broken variant of one of our modules. Fails when the line is not there any more."""

    def serve(route: Route) -> None:
        answer = route.fetch()
        text, times = re.subn(pattern, replacement, answer.text())
        assert times == 1, f"{module}: {times} places match {pattern}"
        route.fulfill(response=answer, body=text)

    context.route(re.compile(rf"/static/{module}\.[0-9a-f]+\.js$"), serve)


def kill(profile: Path) -> None:
    """End every process of the browser that was started on `profile`, at once and without a word to it."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes()
        except OSError:
            continue
        if str(profile).encode() in command:
            try:
                os.kill(int(entry.parent.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
