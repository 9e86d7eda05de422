"""`python -m tests.load.history`: how long it takes to open a long conversation, at the server and on the screen.

Both sides have written it through the log itself, so it stands there as any other. The bar: 50 ms and 60 kB from the
server, 300 ms in a browser until the newest message is seen; older ones come as one scrolls.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.sync_api import Frame, Page, WebSocket, sync_playwright

from tests.browser.customer import Customer
from tests.load.figures import JSON, Numbers, Row, as_json, spread, table
from tests.load.meter import machine
from tests.load.servers import running
from tests.support.browser import ARGUMENTS, DESKTOP
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.installation import Server
from tools.environment import ROOT
from tools.services import find_chromium

TEXT = "The scanner stops at warming up, the lamp stays dark, and the display says nothing of it. Number {number}"
PAGE = 50  # what the widget asks for
#: In the frame: milliseconds from the click on a row until the text of the newest message is laid out.
OPEN = """newest => new Promise(done => {
  const row = document.querySelector("#home .row");
  const begun = performance.now();
  const look = () => {
    const log = document.querySelector("#talk [role=log]");
    if (log?.offsetParent && log.textContent.includes(newest)) done(performance.now() - begun);
    else requestAnimationFrame(look);
  };
  row.click();
  look();
})"""
#: Milliseconds from scrolling to the top until older messages stand there.
OLDER = """() => new Promise(done => {
  const scroll = document.querySelector("#talk [data-part=scroll]");
  const log = scroll.querySelector("[role=log]");
  const before = log.childElementCount;
  const begun = performance.now();
  const look = () => log.childElementCount > before ? done(performance.now() - begun) : requestAnimationFrame(look);
  scroll.scrollTop = 0;
  look();
})"""


def main() -> None:
    """Write, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=10_000, help="how long the conversation is (10000)")
    options.add_argument("--times", type=int, default=20, help="how often each thing is measured (20)")
    options.add_argument(
        "--format", default="simple", help="form of the table, as tabulate names them (simple), or json"
    )
    given = options.parse_args()
    with running("daphne", 1) as servers:
        server = servers[0]
        device, conversation, rows = asyncio.run(_prepared(server, given.messages, given.times))
        rows += _browser(server, device, conversation, given.messages, given.times)
    if given.format == JSON:
        print(as_json({"messages": given.messages, "steps": rows}))
    else:
        print(
            f"{machine()}\n{given.messages:,} messages\n{table(list(map(history_row, rows)), given.format)}"
        )


def history_row(found: Numbers) -> Row:
    """A row about one step."""
    middle, late, _ = found["milliseconds"]
    size = f"{found['bytes']:,}" if found["bytes"] else ""
    return {"": found["step"], "p50": f"{middle:.1f} ms", "p95": f"{late:.1f} ms", "bytes": size}


async def _prepared(server: Server, messages: int, times: int) -> tuple[str, str, list[Numbers]]:
    async with (
        CustomerClient(server.url) as mara,
        TechnicianClient(server.url, "ana", server.password) as ana,
    ):
        await mara.connect()
        await ana.log_in()
        await ana.connect()
        begun = await mara.start(TEXT.format(number=0))
        conversation = begun["id"]
        await ana.claim(conversation)
        lengthen = str(ROOT / "tests" / "load" / "lengthen.py")
        command = [sys.executable, lengthen, conversation, str(messages), TEXT]
        environment = dict(server.environment())
        await asyncio.to_thread(subprocess.run, command, env=environment, check=True)
        view = await mara.session()
        last = view["conversations"][0]["last_seq"]
        address = f"/api/widget/v1/conversations/{conversation}/events?limit={PAGE}&after="

        async def page(after: int) -> int:
            return len((await mara.http.get(f"{address}{after}")).content)

        async def sync() -> int:
            answer = await mara.do("sync", conversation=conversation, after=last - PAGE, limit=PAGE)
            return len(json.dumps(answer, separators=(",", ":")).encode())

        rows = [
            await _timed("newest page, HTTP", times, lambda: page(last - PAGE)),
            await _timed("newest page, socket", times, sync),
            await _timed("a page from the middle, HTTP", times, lambda: page(last // 2)),
        ]
        device = mara.device_token
        assert device is not None
        return device, conversation, rows


async def _timed(what: str, times: int, run: Callable[[], Awaitable[int]]) -> Numbers:
    taken, size = [], 0
    for _ in range(times):
        begun = time.perf_counter()
        size = await run()
        taken.append(time.perf_counter() - begun)
    return _row(f"server: {what}", taken, size)


def _browser(server: Server, device: str, conversation: str, messages: int, times: int) -> list[Numbers]:
    opened: list[float] = []
    older: list[float] = []
    asked: list[dict[str, Any]] = []
    heard: list[int] = []
    kept = json.dumps(["rapport.demo.device", device])
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        context = chromium.new_context(**DESKTOP, base_url=server.url)
        context.add_init_script(f"{{ const [key, value] = {kept}; localStorage[key] ??= value; }}")
        page = context.new_page()
        _listen(page, asked, heard)
        for _ in range(times):
            mara = Customer(page)
            page.evaluate("sessionStorage.clear()") if opened else None
            mara.arrive()
            mara.home()
            mara.running.locator(".row").wait_for()
            frame: Frame = next(one for one in page.frames if "/widget/frame/" in one.url)
            frame.page.mouse.move(
                1100, 400
            )  # as somebody about to click does; the rest of the code comes then
            frame.wait_for_timeout(300)
            opened.append(frame.evaluate(OPEN, f"Number {messages}") / 1000)
            older.append(frame.evaluate(OLDER) / 1000)
        chromium.close()
    first = [frame["after"] for frame in asked if frame["type"] == "sync"]
    assert first, "the widget asked for no page at all"
    assert min(first) > messages - 4 * PAGE, f"the widget read from {min(first)} on instead of from the end"
    return [
        _row("browser: click until the newest message", opened, max(heard)),
        _row("browser: older ones when scrolled up", older, 0),
    ]


def _listen(page: Page, asked: list[dict[str, Any]], heard: list[int]) -> None:
    def sent(text: str | bytes) -> None:
        asked.append(json.loads(text))

    def came(text: str | bytes) -> None:
        if json.loads(text)["type"] == "sync":
            heard.append(len(text))

    def follow(wire: WebSocket) -> None:
        wire.on("framesent", sent)
        wire.on("framereceived", came)

    page.on("websocket", follow)


def _row(step: str, taken: list[float], size: int) -> Numbers:
    return {"step": step, "milliseconds": spread(taken), "bytes": size}


if __name__ == "__main__":
    main()
