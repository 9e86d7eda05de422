"""Every request and every socket passes here first: it gets a name for the log, and is counted, timed and told."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from chat.consumers import pulse
from chat.metrics import figures
from chat.views.probes import PROBES
from config.logs import request_id
from config.paths import shown
from config.static import Application, Receive, Scope, Send

access = logging.getLogger("access")

#: What a proxy may give as X-Request-ID: such numbers as it makes itself, which say nothing.
_ID = re.compile(rb"[0-9a-f-]{16,36}")


class Watched:
    """ASGI: passes everything on."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._application(scope, receive, send)
            return
        pulse.begin()
        request_id.set(_named(scope))
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0  # stays so when the client has gone before there was an answer

        async def noting(message: Mapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        began = time.perf_counter()
        try:
            await self._application(scope, receive, noting)
        finally:
            if (
                status != 200 or scope["path"] not in PROBES
            ):  # asked every few seconds, and nobody waits for it
                _note(scope, status, time.perf_counter() - began)


def _note(scope: Scope, status: int, seconds: float) -> None:
    figures.REQUESTS.labels(f"{status // 100}xx" if status else "gone").observe(seconds)
    if not access.isEnabledFor(logging.INFO):
        return
    method, path = str(scope["method"])[:10], shown(scope["path"])
    told: dict[str, Any] = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 1)}
    if settings.LOG_ADDRESSES and scope.get("client"):
        told["address"] = str(scope["client"][0])
    words = " ".join(str(told[name]) for name in ("method", "path", "status"))
    access.info("%s in %s ms, %s", words, told["ms"], request_id.get(), extra=told)


def _named(scope: Scope) -> str:
    if settings.BEHIND_PROXY:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _ID.fullmatch(value):
                return str(value.decode())
    return uuid.uuid4().hex
