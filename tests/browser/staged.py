"""A console that is told of people nobody has on file: contexts and some calls are changed on their way.

For what the technician's side does with a card, whatever the server would have found; the stories are played against
the server alone.
"""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute

MARA = "0191b1e2-0000-7000-8000-000000000001"
MARTA = "0191b1e2-0000-7000-8000-000000000002"
FIX = "0191b1e2-0000-7000-8000-0000000000f1"

QUESTIONS = [
    {"ask": "Which product was it about?", "expect": "PSC 2210v"},
    {"ask": "Roughly when did you write to us last?", "expect": "3 March, in the morning"},
]
LAST = {
    "conversation": "0191b1e2-0000-7000-8000-0000000000c1",
    "case_code": "K7M-4QD",
    "at": "2026-03-03T10:20:00Z",
    "technician": "Ana",
    "problem": "Scanning stops at “warming up”",
    "cause": "Internet Explorer 7 blocks the scan control",
    "fix": "Install the 2210 patch, restart the computer, then scan from the Director",
    "state": "held",
    "outcome": FIX,
}
SUGGESTIONS: list[dict[str, Any]] = [
    {
        "customer": MARA,
        "name": "Mara Lindqvist",
        "score": 0.97,
        "level": "likely",
        "reasons": ["same model PSC 2210v, serial number ends in …4TQ", "same family name, rare here"],
        "last": LAST,
        "questions": QUESTIONS,
    },
    {
        "customer": MARTA,
        "name": "Marta Lindquist",
        "score": 0.61,
        "level": "possible",
        "reasons": ["similar family name"],
        "last": None,
        "questions": [],
    },
]
SIMILAR = [
    {
        "conversation": "0191b1e2-0000-7000-8000-0000000000c2",
        "same_person": False,
        "problem": "Scanner stays at warming up",
        "fix": "1. Unplug the cable\n2. Wait a minute\n3. Plug it in\n4. Restart\n5. Scan",
        "state": "held",
        "score": 0.7,
        "outcome": "0191b1e2-0000-7000-8000-0000000000f2",
        "count": 11,
        "held": 9,
    }
]
PROMISES = [
    {
        "id": "0191b1e2-0000-7000-8000-0000000000a1",
        "text": "Send the lid without charge",
        "due_at": "2026-03-20T12:00:00Z",
        "by": "Ana",
        "at": "2026-03-10T10:00:00Z",
    }
]
LINKS = [
    {
        "id": "0191b1e2-0000-7000-8000-0000000000b1",
        "customer": "0191b1e2-0000-7000-8000-000000000003",
        "name": "M. Lindqvist (old shop)",
        "proof": "claimed",
        "reason": "Same phone number",
        "by": "Bo",
        "at": "2026-03-10T10:00:00Z",
        "expires_at": None,
    }
]


class Stage:
    """Between one page and the server. `card` is laid over every return card; `answers` over calls that match."""

    def __init__(self, page: Page) -> None:
        # What the server itself would find, among all that other tests have put on file, is not on this stage.
        self.card: dict[str, Any] = {"suggestions": [], "similar": [], "promises": [], "links": []}
        self.answers: dict[str, tuple[int, Any]] = {}
        self.calls: list[tuple[str, Any]] = []
        self._context: dict[str, Any] = {}
        self._socket: WebSocketRoute | None = None
        page.route_web_socket(re.compile("/ws/console/"), self._join)
        page.route("**/api/v1/**", self._call)

    def show(self, **card: Any) -> None:
        """A `context` frame arrives that has this in its return card."""
        self.card.update(card)
        assert self._socket is not None
        assert self._context, "open a conversation first"
        self._socket.send(json.dumps(self._laid(self._context)))

    def sent(self, call: str) -> list[Any]:
        """The bodies of the calls whose "METHOD path" ends so."""
        return [body for name, body in self.calls if name.endswith(call)]

    def _join(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda text: socket.send(json.dumps(self._laid(json.loads(text)))))

    def _laid(self, frame: dict[str, Any]) -> dict[str, Any]:
        if frame.get("type") != "context":
            return frame
        self._context = frame
        return {**frame, "return_card": {**frame["return_card"], **self.card}}

    def _call(self, route: Route) -> None:
        name = f"{route.request.method} {route.request.url.split('/api/v1/')[1]}"
        body = route.request.post_data
        self.calls.append((name, json.loads(body) if body else None))
        for pattern, (status, answer) in self.answers.items():
            if re.search(pattern, name):
                return route.fulfill(status=status, json=answer)
        if name.endswith("/return-card"):
            return route.fulfill(json={**self._context["return_card"], **self.card})
        return route.continue_()
