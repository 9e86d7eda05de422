"""The product inside the test's process: HTTP and sockets without a network, a clock that can be moved."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection, connections
from django.test import Client

import chat.database
from agents.models import Technician
from chat import draining
from chat.api import customer as customer_api
from chat.api import mail_links
from chat.consumers import runtime
from chat.consumers.customer import CustomerSocket
from chat.limits import Buckets
from chat.log import writer
from chat.models import Mail, MailState
from customers.models import Inbox
from tests.support.background import Background

WIDGET = "/api/widget/v1/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@dataclass
class Answer:
    """What came back: `raw` is every byte of it, headers and cookies included."""

    status: int
    raw: str
    json: Any
    cookies: dict[str, str]


@dataclass(eq=False)
class Plug:
    """One end of a customer's socket; `new` holds the frames that nobody has looked at."""

    visit: Any
    browser: int
    new: list[str] = field(default_factory=list)
    closed: int | None = None
    said: str = ""  # what was sent since the frames were last looked at
    saw: set[Any] = field(default_factory=set)  # whom it might see at the last look
    waiting: bool = False

    def __post_init__(self) -> None:
        self.inbound: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.consumer = CustomerSocket()

    async def run(self) -> None:
        """Serve it until it is closed."""
        scope = {"type": "websocket", "path": "/ws/customer/", "headers": [(b"user-agent", FIREFOX.encode())]}
        self.inbound.put_nowait({"type": "websocket.connect"})
        await self.consumer({**scope, "subprotocols": ["rapport.v1"]}, self._receive, self._send)

    def idle(self) -> bool:
        """Whether everything sent to it has been dealt with."""
        answered = self.consumer._under_way.nothing and not self.consumer.outgoing.size
        return self.closed is not None or (self.waiting and self.inbound.empty() and answered)

    async def _receive(self) -> dict[str, Any]:
        self.waiting = True
        try:
            return await self.inbound.get()
        finally:
            self.waiting = False

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self.new.append(message["text"])
        elif message["type"] == "websocket.close":
            self.closed = message.get("code", 1000)
            self.inbound.put_nowait({"type": "websocket.disconnect"})


class House:
    """The running product. Ends with `close`."""

    def __init__(self) -> None:
        self.clock = time_machine.travel(datetime.now(UTC), tick=True)
        self.moved = self.clock.start()
        self.loop = Background()
        self.plugs: list[Plug] = []
        self.mails: set[Any] = set()
        self.loop(self._start())

    async def _start(self) -> None:
        writer.current()
        runtime.current().start()

    @staticmethod
    def now() -> datetime:
        """The time, as the product sees it."""
        return datetime.now(UTC)

    def pass_time(self, by: timedelta) -> None:
        """Let time pass."""
        self.moved.shift(by)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        bearer: str | None = None,
        cookies: dict[str, str] | None = None,
    ) -> Answer:
        """One request of a browser."""
        client = Client(HTTP_USER_AGENT=FIREFOX, raise_request_exception=False)
        client.cookies.load(dict(cookies or {}))
        headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {bearer}"} if bearer else {}
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        got = client.generic(method, WIDGET + path, text, content_type="application/json", **headers)
        planted = {name: morsel.value for name, morsel in got.cookies.items()}
        shown = "\n".join(
            [*(f"{name}: {value}" for name, value in got.headers.items()), got.cookies.output()]
        )
        plain = got.content.decode(errors="replace")
        try:
            parsed = json.loads(plain)
        except ValueError:
            parsed = None
        return Answer(got.status_code, f"{shown}\n\n{plain}", parsed, planted)

    def ask_as(self, technician: Technician, method: str, path: str, body: object = None) -> Answer:
        """One request of a technician."""
        client = Client(raise_request_exception=False)
        client.force_login(technician)
        text = "" if body is None else json.dumps(body)
        got = client.generic(method, f"/api/v1/{path}", text, content_type="application/json")
        parsed = json.loads(got.content) if got.content else None
        return Answer(got.status_code, got.content.decode(), parsed, {})

    def at_once(self, requests: Sequence[Callable[[], Answer]]) -> list[Answer]:
        """Several requests at the same moment, each from a thread of its own."""
        answers: dict[int, Answer] = {}
        gate = threading.Barrier(len(requests))

        def one(number: int) -> None:
            try:
                gate.wait()
                answers[number] = requests[number]()
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(len(requests))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [answers[number] for number in range(len(requests))]

    def plug_in(self, visit: Any, browser: int, token: str, cursors: dict[str, int]) -> Plug:
        """Open a socket and say hello."""
        plug = self.loop(self._plug(visit, browser))
        self.plugs.append(plug)
        self.tell(plug, {"type": "hello", "token": token, "cursors": cursors})
        return plug

    async def _plug(self, visit: Any, browser: int) -> Plug:
        plug = Plug(visit, browser)
        runtime.keep(asyncio.ensure_future(plug.run()))
        return plug

    def tell(self, plug: Plug, frame: object) -> str:
        """Send a frame without waiting; its `ref`."""
        ref = uuid.uuid4().hex
        text = frame if isinstance(frame, str) else json.dumps({"ref": ref, **frame})  # type: ignore[dict-item]
        message = {"type": "websocket.receive", "text": text}
        plug.said += text
        self.loop.loop.call_soon_threadsafe(plug.inbound.put_nowait, message)
        return ref

    def unplug(self, plug: Plug) -> None:
        """The browser closes it."""
        self.loop.loop.call_soon_threadsafe(plug.inbound.put_nowait, {"type": "websocket.disconnect"})
        self.plugs.remove(plug)

    def settle(self) -> None:
        """Wait until everything has been said that follows from what was done, and access was looked at."""
        self.loop(self._settle())

    async def _settle(self) -> None:
        await self._calm()
        if self.plugs:
            await runtime.current()._check_access()
            await self._calm()

    async def _calm(self) -> None:
        quiet = 0
        while quiet < 3:
            await asyncio.sleep(0)
            log = writer.current()
            calm = log._idle.is_set() and all(plug.idle() for plug in self.plugs)
            quiet = quiet + 1 if calm else 0
            if not calm:
                await asyncio.sleep(0.001)

    def new_mails(self) -> list[Mail]:
        """The mails that were queued since this was asked last."""
        found = [
            one
            for one in Mail.objects.exclude(state=MailState.VOID).order_by("at")
            if one.pk not in self.mails
        ]
        self.mails |= {one.pk for one in found}
        return found

    def leave_no_one(self) -> None:
        """Everybody closes the widget; all that was said, sent and proved is forgotten."""
        for plug in tuple(self.plugs):
            self.unplug(plug)
        self.loop(self._calm())
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        ours = [one for one in names if one.startswith(("chat_", "customers_")) and one != "customers_inbox"]
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), ours))
        self.mails.clear()
        cache.clear()

    def close(self) -> None:
        """End everything, in the threads too."""
        self.leave_no_one()
        self.loop(self._stop())
        self.loop.close()
        self.clock.stop()
        # The next test finds a pool of its own, without connections of this one's.
        chat.database._pool = None

    async def _stop(self) -> None:
        log, pool = writer.current(), chat.database._pool
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(log._executor, connections.close_all)
        await runtime.stop()
        draining._begun.clear()  # this process goes on
        if pool is not None:
            for _ in range(8):
                await loop.run_in_executor(pool, connections.close_all)
            pool.shutdown(wait=True)


@contextmanager
def open_house() -> Iterator[House]:
    """A house without the limits on how fast one may ask, on a database that does not wait for the disk."""
    lifted = Buckets(1e6, 1e6)
    kept = customer_api._visits, customer_api._sessions, mail_links._looks
    customer_api._visits = customer_api._sessions = mail_links._looks = lifted
    options = connection.settings_dict["OPTIONS"]
    before = options.get("init_command")
    if connection.vendor == "sqlite":
        options["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
        connection.close()
    house = House()
    try:
        yield house
    finally:
        house.close()
        customer_api._visits, customer_api._sessions, mail_links._looks = kept
        if before is not None:
            options["init_command"] = before


def furnish() -> tuple[dict[str, Inbox], dict[str, Technician]]:
    """Two inboxes that share customers, one that is separate, and two technicians."""
    inboxes = {
        key: Inbox.objects.get_or_create(key=key, defaults={"name": key.title(), "separate": key == "apart"})[
            0
        ]
        for key in ("shop", "help", "apart")
    }
    people = {name: Technician.objects.get_or_create(username=name)[0] for name in ("ana", "bo")}
    return inboxes, people
