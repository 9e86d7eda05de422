"""The HTTP side of one server: sessions, a customer's history, the technician's log-in."""

import asyncio
import random
import re
import ssl
import time
from array import array
from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import httpx

from chat.replay.errors import Refused, ReplayError, Unauthenticated, Unreachable
from chat.replay.link import USER_AGENT

Frame = dict[str, Any]

PAGE = 200  # events in one answer, the most the protocol gives
TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
#: What a server that is away, or the proxy before it, answers; it passes.
AWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')


class Door:
    """One server's address. `patience` is how many seconds of no answer are borne, as in Link.

    `trust` is what an https address is checked with, here and by sockets; None: what the system trusts.
    """

    def __init__(self, url: str, *, patience: float, trust: ssl.SSLContext | None = None) -> None:
        self.url = url.rstrip("/")
        self.socket_url = "ws" + self.url.removeprefix("http")
        secure = self.url.startswith("https:")
        self.trust = (trust or ssl.create_default_context()) if secure else None
        #: When calls failed in passing and were made again (clock of time.monotonic).
        self.tried_again_at: array[float] = array("d")
        self._patience = patience
        # One pool for all customers, so it must not keep cookies: one would come back as another.
        nobody = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._http = httpx.AsyncClient(
            base_url=self.url,
            headers={"Origin": self.url, "User-Agent": USER_AGENT},
            cookies=nobody,
            timeout=20,
            trust_env=False,
            verify=self.trust or True,
        )

    async def close(self) -> None:
        """Close the pool."""
        await self._http.aclose()

    async def check(self) -> None:
        """Raise Unreachable at once when nothing answers here, ReplayError when it is not Rapport."""
        try:
            answer = await self._http.get("/healthz")
        except httpx.TransportError as error:
            raise Unreachable(f"no server answers at {self.url} ({_words(error)})") from error
        if answer.status_code != HTTPStatus.OK:
            raise ReplayError(f"{self.url}/healthz answers {answer.status_code}: is this a Rapport server?")

    async def session(self, *, inbox: str, device_token: str | None) -> Frame:
        """`POST session`: who this browser is, and what it may see."""
        body: Frame = {
            "inbox": inbox,
            "environment": {"page": f"{self.url}/demo/", "locale": "en-GB", "time_zone": "Europe/London"},
        }
        if device_token:
            body["device_token"] = device_token
        return await self._call("POST", "/api/widget/v1/session", json=body)

    async def history(self, token: str, conversation: str) -> list[Frame]:
        """Every event of a conversation as the customer sees it, page by page."""
        events: list[Frame] = []
        while True:
            page = await self._call(
                "GET",
                f"/api/widget/v1/conversations/{conversation}/events",
                params={"after": events[-1]["seq"] if events else 0, "limit": PAGE},
                headers={"Authorization": f"Bearer {token}"},
            )
            events += page["events"]
            if not page["more"]:
                return events
            if not page["events"]:
                raise ReplayError(f"the history of {conversation} says there is more but gives nothing")

    async def log_in(self, username: str, password: str) -> str:
        """A technician's session, as the value of a Cookie header. Raises Refused for a wrong password."""
        headers = {"Origin": self.url, "User-Agent": USER_AGENT}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=20, trust_env=False, verify=self.trust or True
        ) as http:

            async def try_once() -> httpx.Response:
                page = await http.get("/console/login/", follow_redirects=True)
                if not page.is_success:
                    return page
                field = CSRF_FIELD.search(page.text)
                form = {
                    "username": username,
                    "password": password,
                    "csrfmiddlewaretoken": field.group(1) if field else "",
                }
                target = urljoin(self.url, str(page.url))
                return await http.post(target, data=form, headers={"Referer": target})

            answer = await self._insist(f"log-in of {username}", try_once, passing=AWAY)
            if answer.status_code == TOO_MANY:
                raise Refused(f"log-in of {username}", "rate_limited", "too many tries; wait a while")
            if not any("session" in cookie.name for cookie in http.cookies.jar):
                raise Refused(f"log-in of {username}", "unauthenticated", "wrong user name or password")
            return "; ".join(f"{cookie.name}={cookie.value}" for cookie in http.cookies.jar)

    async def _call(self, method: str, path: str, **request: Any) -> Frame:
        what = f"{method} {path}"
        answer = await self._insist(
            what, lambda: self._http.request(method, path, **request), passing={*AWAY, TOO_MANY}
        )
        return _body(what, answer)

    async def _insist(
        self, what: str, ask: Callable[[], Awaitable[httpx.Response]], *, passing: Collection[int]
    ) -> httpx.Response:
        """The first answer that does not pass by itself; Unreachable when there is none for `patience`."""
        began, pause = time.monotonic(), 0.5
        while True:
            try:
                answer = await ask()
                why = f"status {answer.status_code}"
            except httpx.TransportError as error:
                answer, why = None, _words(error)
            if answer is not None and answer.status_code not in passing:
                return answer
            if time.monotonic() - began > self._patience:
                raise Unreachable(f"{what} at {self.url} failed for {self._patience:.0f} s: {why}")
            self.tried_again_at.append(time.monotonic())
            asked = answer.headers.get("Retry-After", "") if answer is not None else ""
            least, most = (float(asked), float(asked) * 1.2) if asked.isdigit() else (0.0, pause)
            await asyncio.sleep(random.uniform(least, most))  # noqa: S311
            pause = min(pause * 2, 10.0)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _body(what: str, answer: httpx.Response) -> Frame:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.is_success and isinstance(body, dict):
        return body
    code, message = str(body.get("code", answer.status_code)), str(body.get("message", answer.text[:200]))
    kind = Unauthenticated if answer.status_code == HTTPStatus.UNAUTHORIZED else Refused
    raise kind(what, code, message, body)
