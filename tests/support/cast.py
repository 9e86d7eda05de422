"""The people of the tests on a running server: Mara and Eve write, Ana, Bo and Cy answer, Ruth administers."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.installation import Installation, Server

#: Sessions of technicians by server and name: Argon2 takes its time at every log-in, on purpose.
_sessions: dict[tuple[str, str], dict[str, str]] = {}

#: The product's own limits, and what is usually slow made quick.
BRISK: dict[str, Any] = {
    "HEARTBEAT": "0.5",
    "SWEEP": "0.5",
    "HELLO_WITHIN": "1",
    "SOCKETS_PER_CUSTOMER": "3",
    "SOCKET_RATE": "20",
    "SOCKET_BURST": "60",
    "SESSION_RATE": "1",
    "SESSION_BURST": "60",
}


class Cast:
    """People on one server. They leave when the block ends."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.people: list[CustomerClient | TechnicianClient] = []

    async def visitor(self, **options: Any) -> CustomerClient:
        """A browser with a session and no socket, whose person has not acted; options as of `CustomerClient`."""
        visitor = CustomerClient(self.server.url, **options)
        self.people.append(visitor)
        await visitor.session()
        return visitor

    async def customer(self, **options: Any) -> CustomerClient:
        """The same with an open socket."""
        customer = await self.visitor(**options)
        await customer.connect()
        return customer

    async def technician(
        self, username: str = "ana", *, fresh: bool = False, at: str = ""
    ) -> TechnicianClient:
        """A console with an open socket; `fresh` logs in anew, `at` is another process of the installation."""
        technician = TechnicianClient(at or self.server.url, username, self.server.password)
        self.people.append(technician)
        key = (self.server.url, username)
        if not fresh and key in _sessions:
            technician.http.cookies.update(_sessions[key])
            technician.http.headers["X-CSRFToken"] = technician.cookie("csrf")
        else:
            await technician.log_in()
            if not fresh:
                _sessions[key] = {cookie.name: str(cookie.value) for cookie in technician.http.cookies.jar}
        await technician.connect()
        return technician

    async def leave(self) -> None:
        """Everybody goes."""
        await asyncio.gather(*(one.leave() for one in self.people))


class Records:
    """A look into, and a hand in, the database of an installation: for what no address shows."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement with ? for values and commit; its rows. Ids go in and come out as UUID strings."""
        if self.installation.database_url:
            with psycopg.connect(self.installation.database_url) as connection:
                cursor = connection.execute(statement.replace("?", "%s").encode(), values)
                rows = cursor.fetchall() if cursor.description else []
        else:
            with closing(sqlite3.connect(self.installation.sqlite, timeout=10)) as lite, lite:
                rows = lite.execute(statement, [_lite(value) for value in values]).fetchall()
        return [tuple(str(one) if isinstance(one, uuid.UUID) else one for one in row) for row in rows]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.ask(f"SELECT count(*) FROM {table}")[0][0])


class Log:
    """What a server has written into its log since this was made."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.start = server.log.stat().st_size

    def text(self) -> str:
        """All of it."""
        return self.server.log.read_bytes()[self.start :].decode(errors="replace")

    def calm(self) -> bool:
        """Whether nothing went wrong inside: no traceback, no failed frame."""
        return "Traceback" not in self.text() and " ERROR " not in self.text()


def client_id() -> str:
    """A fresh one."""
    return str(uuid.uuid4())


async def post(who: CustomerClient | TechnicianClient, address: str, body: object) -> httpx.Response:
    """POST as JSON in ASCII, so that halves of characters can be sent too."""
    headers = {"Content-Type": "application/json"}
    return await who.http.post(address, content=json.dumps(body), headers=headers)


def canary() -> str:
    """A word that stands nowhere else."""
    return f"canary{secrets.token_hex(8)}"


async def until(condition: Callable[[], object], *, within: float = 10.0) -> None:
    """Wait for what a server does by itself. Raises AssertionError when it does not."""
    for _ in range(int(within / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


def numbers(events: Sequence[dict[str, Any]]) -> list[int]:
    """Their `seq`."""
    return [event["seq"] for event in events]


@pytest.fixture
async def cast(server: Server) -> AsyncIterator[Cast]:
    """People on the shared server."""
    people = Cast(server)
    yield people
    await people.leave()


@pytest.fixture(scope="session")
def brisk() -> Iterator[Server]:
    """A server with the product's limits, whose heartbeat, sweep and patience are short."""
    installation = Installation(own_postgresql=False, **BRISK)
    try:
        yield installation.server()
    finally:
        installation.close()


@pytest.fixture
async def brisk_cast(brisk: Server) -> AsyncIterator[Cast]:
    """People on the brisk server."""
    people = Cast(brisk)
    yield people
    await people.leave()


def _lite(value: object) -> object:
    return value.hex if isinstance(value, uuid.UUID) else value
