"""A customer's browser and a technician's console as programs, over the public protocol only."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any, Self

import httpx

from tests.support.wire import Frame, Wire

IE7_ON_XP = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1)"
FIREFOX_ON_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
#: Seconds before each further try of what was put off.
PAUSES = (0.5, 1.0, 2.0)


class Client:
    """What both have: an HTTP client at `url`, a `wire` once connected, and `say`."""

    def __init__(self, url: str, **http: Any) -> None:
        self.url = url.rstrip("/")
        # Servers of tests speak plain HTTP: reading the machine's certificates for each client would cost 50 ms.
        self.http = httpx.AsyncClient(base_url=self.url, timeout=20, trust_env=False, verify=False, **http)
        self._wire: Wire | None = None
        self.welcome: Frame = {}
        self.epoch: str | None = None  # what to say in `hello`; None: as a program that knows no epochs

    @property
    def wire(self) -> Wire:
        """The open socket; AssertionError before `connect`."""
        assert self._wire is not None, "not connected"
        return self._wire

    async def say(self, conversation: str, text: str, *, client_id: str | None = None, **more: Any) -> Frame:
        """Send a message and return `message.accepted`. Raises AssertionError when it is refused."""
        own = client_id or str(uuid.uuid4())
        return await self.do("message.send", conversation=conversation, client_id=own, text=text, **more)

    async def do(self, type: str, **fields: Any) -> Frame:  # noqa: A002  (the protocol's word)
        """Ask, and insist on an answer that is not an error."""
        answer = await self.wire.ask(type, **fields)
        assert answer["type"] != "error", answer
        return answer

    async def everything(self, conversation: str) -> list[Frame]:
        """All events of a conversation by `sync`, paged to the end."""
        events: list[Frame] = []
        while True:
            after = events[-1]["seq"] if events else 0
            answer = await self.do("sync", conversation=conversation, after=after)
            events += answer["events"]
            if not answer["more"]:
                return events

    async def leave(self) -> None:
        """Close the socket and the HTTP client."""
        if self._wire:
            await self._wire.close()
            self._wire = None
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def _hello(self, path: str, frame: dict[str, Any], **options: Any) -> Wire:
        if self._wire:
            await self._wire.close()
        self._wire = await Wire.open(
            f"ws{self.url.removeprefix('http')}{path}", **{"origin": self.url, **options}
        )
        await self._wire.send("hello", **({"epoch": self.epoch} if self.epoch else {}), **frame)
        self.welcome = await self._wire.wait(type="welcome")
        return self._wire


class CustomerClient(Client):
    """A browser with the widget. `device_token` is what it would keep; `view` the last session's answer."""

    def __init__(
        self, url: str, *, device_token: str | None = None, user_agent: str = IE7_ON_XP, **environment: str
    ) -> None:
        super().__init__(url, headers={"User-Agent": user_agent, "Origin": url.rstrip("/")})
        self.device_token = device_token
        self.environment = {"page": f"{self.url}/demo/", **environment}
        self.view: dict[str, Any] = {}

    @property
    def token(self) -> str:
        """The access token of the session."""
        return str(self.view["access_token"])

    async def session(self, inbox: str = "demo", **more: Any) -> dict[str, Any]:
        """Open or renew the session and return its answer. Raises AssertionError unless it is 200.

        Put off by a server with too much to do, it tries again, as the protocol has it and the widget does.
        """
        body = {"inbox": inbox, "environment": self.environment, **more}
        if self.device_token:
            body["device_token"] = self.device_token
        answer = await self.http.post("/api/widget/v1/session", json=body)
        for pause in PAUSES:
            if answer.status_code != 503:
                break
            print(f"session: put off, again in {pause} s")
            await asyncio.sleep(pause)
            answer = await self.http.post("/api/widget/v1/session", json=body)
        assert answer.status_code == 200, answer.text
        self.view = answer.json()
        self.device_token = self.view.get("device_token") or self.device_token
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        return self.view

    async def connect(self, cursors: dict[str, int] | None = None, **options: Any) -> Wire:
        """Open the socket, with a session first if there is none; `options` as in `Wire.open`."""
        if not self.view:
            await self.session()
        return await self._hello("/ws/customer/", {"token": self.token, "cursors": cursors or {}}, **options)

    async def start(self, text: str, **more: Any) -> Frame:
        """Start a conversation and return it."""
        answer = await self.do("conversation.start", client_id=str(uuid.uuid4()), text=text, **more)
        self.device_token = answer.get("device_token") or self.device_token
        conversation: Frame = answer["conversation"]
        return conversation


class TechnicianClient(Client):
    """A console. Logs in through the form, as a person does."""

    def __init__(self, url: str, username: str, password: str) -> None:
        super().__init__(url, headers={"Origin": url.rstrip("/")}, follow_redirects=True)
        self.username = username
        self.password = password

    async def log_in(self) -> Self:
        """Get the session cookie, and the token that changing calls want; AssertionError if refused."""
        form = await self.http.get("/console/login/")
        field = re.search(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"', form.text)
        assert field, f"no log-in form: {form.status_code}"
        data = {"username": self.username, "password": self.password, "csrfmiddlewaretoken": field[1]}
        await self.http.post("/console/login/", data=data, headers={"Referer": str(form.url)})
        assert self.cookie("session"), "the log-in was refused"
        self.http.headers["X-CSRFToken"] = self.cookie("csrf")
        return self

    def cookie(self, part: str) -> str:
        """The value of the cookie whose name holds `part`; empty when there is none."""
        return next((str(c.value) for c in self.http.cookies.jar if part in c.name), "")

    async def connect(self, cursors: dict[str, int] | None = None, **options: Any) -> Wire:
        """Open the console's socket and go online; `options` as in `Wire.open`."""
        if not self.cookie("session"):
            await self.log_in()
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.http.cookies.jar)
        more = {"additional_headers": {"Cookie": cookies}, **options}
        wire = await self._hello("/ws/console/", {"cursors": cursors or {}}, **more)
        await self.do("availability", state="online")
        return wire

    async def claim(self, conversation: str) -> Frame:
        """Claim it and return the `context` that comes with the claim."""
        since = len(self.wire.heard)
        await self.do("conversation.claim", conversation=conversation)
        return await self.wire.wait(type="context", conversation=conversation, since=since)

    async def note(self, conversation: str, text: str) -> Frame:
        """Write a private note."""
        return await self.say(conversation, text, kind="note")

    async def resolve(self, conversation: str, *, problem: str, cause: str, fix: str) -> Frame:
        """Resolve it with an outcome."""
        outcome = {"problem": problem, "cause": cause, "fix": fix}
        return await self.do("conversation.resolve", conversation=conversation, outcome=outcome)
