"""What other programs ask: is it alive, may it be sent work, how is it doing. Answered in front of Django.

So they need no thread, no session and no name of a host: a probe asks by address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from chat.policies import POLICY
from chat.views.health import healthz, readyz
from chat.views.metrics import metrics
from chat.views.plain import Answer

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PROBES: dict[str, Callable[[Scope], Awaitable[Answer | None]]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


class Probes:
    """ASGI: answers GET and HEAD of the addresses above, passes everything else on.

    Also passed on is what somebody may not see: so it is answered like every unknown page.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            probe = PROBES.get(scope["path"])
            answer = await probe(scope) if probe is not None else None
        if answer is None:
            await self._application(scope, receive, send)
            return
        body = answer.body
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", POLICY.encode()),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
