"""Two addresses that differ only in being known, and what asking for a code to each of them comes to."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Identifier, Proof
from tests.known.house import WIDGET
from tests.support.indoors import Guest, prove

#: Levels at which an address may be known. All look the same from outside.
LEVELS = ("typed", "proven", "signed")
VARIES = ("Date", "Set-Cookie")


@dataclass(frozen=True)
class Asked:
    """What asking for a code to one address came to."""

    known: bool
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    cookie_length: int
    seconds: float
    queries: tuple[str, ...] = ()


def addresses(pairs: int) -> Iterator[tuple[bool, str]]:
    """`pairs` known and as many unknown addresses, of one length, by turns. The known ones are put on file first."""
    guest = Guest()
    guest.start("on file")
    customer = guest.customer
    made = []
    for number in range(pairs):
        known, unknown = (f"{uuid.uuid4().hex[:16]}@example.com" for _ in range(2))
        level = LEVELS[number % len(LEVELS)]
        if level == "typed":
            Identifier.objects.create(
                customer=customer, kind="email", value=known, shown=known, created_at=customer.created_at
            )
        else:
            prove(customer, known, Proof(level))
        # By turns first and second: whatever the machine does meanwhile meets both alike.
        made += [(True, known), (False, unknown)] if number % 2 else [(False, unknown), (True, known)]
    return iter(made)


def ask(known: bool, address: str, *, watched: bool = False) -> Asked:
    """A new browser asks for a code to this address."""
    client = Client()
    session = client.post(f"{WIDGET}session", {"inbox": "demo"}, content_type="application/json").json()
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {session['access_token']}"}

    def send() -> Asked:
        began = time.perf_counter()
        got = client.post(
            f"{WIDGET}recovery/mailbox", {"email": address}, content_type="application/json", **headers
        )
        seconds = time.perf_counter() - began
        shown = tuple(sorted((name, value) for name, value in got.headers.items() if name not in VARIES))
        cookies = len(got.cookies.output())
        return Asked(known, got.status_code, got.content, shown, cookies, seconds)

    if not watched:
        return send()
    with CaptureQueriesContext(connection) as captured:
        answer = send()
    shapes = tuple(_shape(query["sql"]) for query in captured)
    return Asked(
        known, answer.status, answer.body, answer.headers, answer.cookie_length, answer.seconds, shapes
    )


def _shape(sql: str) -> str:
    """A statement without its values: its words up to the first value."""
    words = sql.split("'")[0].split(" VALUES")[0]
    return words.split()[0] if "SAVEPOINT" in words else words
