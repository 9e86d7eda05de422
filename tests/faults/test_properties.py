"""Sent once, stored once, and notes stay inside: over real sockets and HTTP, and what a careless server would show."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults import mutants
from tests.faults.profile import shown_on
from tests.support.cast import Cast, Records, canary, client_id, numbers
from tests.support.clients import CustomerClient
from tests.support.installation import Installation, Server
from tests.support.returning import mails_to, new_address, prove_mailbox
from tests.support.wire import Frame

pytestmark = shown_on("production")

CONVERSATIONS = "/api/widget/v1/conversations"
NOTES = 1_000
HELD = 0.6  # seconds; the log waits a second for a lock before it says "try again"


class Careless(Server):
    """The mutant of tests/faults/mutants/careless.py."""

    def command(self) -> Sequence[str | Path]:
        """The mutant's own start."""
        return [sys.executable, Path(mutants.__path__[0]) / "careless.py"]


@pytest.fixture
async def careless(installation_factory: Callable[..., Installation]) -> AsyncIterator[Cast]:
    """People on a careless server."""
    with Careless(installation_factory(), {}) as server:
        people = Cast(server)
        yield people
        await people.leave()


@contextlib.contextmanager
def held(installation: Installation, conversation: str) -> Iterator[None]:
    """Somebody holds the lock that every write to this conversation needs, for a while."""
    has_it, ready = threading.Event(), threading.Event()

    def hold_postgresql(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("SELECT 1 FROM chat_conversation WHERE id = %s FOR UPDATE", [conversation])
            has_it.set()
            ready.wait(10)
            time.sleep(HELD)

    def hold_sqlite() -> None:
        with contextlib.closing(sqlite3.connect(installation.sqlite, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            has_it.set()
            ready.wait(10)
            time.sleep(HELD)
            connection.execute("COMMIT")

    url = installation.database_url
    work = threading.Thread(target=hold_postgresql if url else hold_sqlite, args=[url] if url else [])
    work.start()
    try:
        assert has_it.wait(10)
        ready.set()
        yield
    finally:
        ready.set()
        work.join(10)


async def insist(send: Callable[[], Any]) -> Frame:
    """Send as a client does: the same once more while the answer is that it may be tried again."""
    answer: Frame = await send()
    for _ in range(10):
        if answer.get("code") not in {"unavailable", "rate_limited"}:
            break
        await asyncio.sleep(0.1)
        answer = await send()
    return answer


async def twenty_at_once(
    mara: CustomerClient, tabs: list[CustomerClient], begun: str, own: str
) -> list[Frame]:
    """The same message by socket from every tab, and by HTTP, each several times."""

    async def over_http() -> Frame:
        body = {"client_id": own, "text": "once"}
        answer: Frame = (await mara.http.post(f"{CONVERSATIONS}/{begun}/messages", json=body)).json()
        return answer

    def over_socket(tab: CustomerClient) -> Callable[[], Any]:
        return lambda: tab.wire.ask("message.send", conversation=begun, client_id=own, text="once")

    sends = [over_socket(tab) for tab in tabs for _ in range(2)] + [over_http] * (20 - 2 * len(tabs))
    return list(await asyncio.gather(*(insist(send) for send in sends)))


async def sent_often(cast: Cast) -> tuple[list[Frame], list[str]]:
    """One message sent 40 times, its lock held, before and after a new token: all answers, all texts of the log."""
    mara = await cast.customer()
    begun, own = (await mara.start("hello"))["id"], client_id()
    tabs = [mara, *[await cast.customer(device_token=mara.device_token) for _ in range(4)]]
    with held(cast.server.installation, begun):
        answers = await twenty_at_once(mara, tabs, begun, own)
    await mara.session()  # a new token
    again = await cast.customer(device_token=mara.device_token)
    with held(cast.server.installation, begun):
        answers += await twenty_at_once(mara, [again, *tabs[1:3]], begun, own)
    return answers, [event["message"]["text"] for event in await mara.everything(begun)]


def once(answers: list[Frame], texts: list[str]) -> bool:
    """One row, one answer."""
    places = {(one.get("id"), one.get("seq"), one.get("created_at")) for one in answers}
    firsts = [one for one in answers if one.get("duplicate") is False]
    return texts == ["hello", "once"] and len(places) == 1 and len(firsts) == 1


async def test_forty_sends_under_a_held_lock_are_one_message(cast: Cast) -> None:
    answers, texts = await sent_often(cast)
    assert len(answers) == 40
    assert once(answers, texts), (answers, texts)


async def leaks(cast: Cast, notes: int) -> list[str]:
    """What of a thousand notes got to the customer in any frame, body or mail; the log is looked at too."""
    secret, address = canary(), new_address()
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    begun = (await mara.start("It does not scan", about={"name": "Mara", "email": address}))["id"]
    await prove_mailbox(cast, mara, address)
    await mara.connect()
    await ana.claim(begun)
    heard: list[str] = []
    for number in range(notes // 10):
        who, own = ana, ""
        for part in range(10):
            who, own = bo if part % 3 else ana, client_id()
            note = {
                "conversation": begun,
                "client_id": own,
                "text": f"{secret} {number}.{part}",
                "kind": "note",
            }
            await who.wire.send("message.send", **note)
        await who.wire.wait(type="message.accepted", client_id=own)
        await (mara if number % 2 else ana).say(begun, f"line {number}")
        if number % 25 == 24:  # in the midst of it the customer comes back, as far behind as she likes
            heard += map(str, mara.wire.heard)
            await mara.connect(cursors={begun: number})
    await ana.resolve(begun, problem="p", cause="c", fix="f")
    await mara.wire.event("resolved", begun)
    transcript = await mara.http.post(f"{CONVERSATIONS}/{begun}/transcript", json={"email": address})
    assert transcript.status_code in {200, 202}, transcript.text
    mails = []
    for _ in range(200):
        mails = [mail for mail in await mails_to(cast.server, address) if "line 0" in mail["text"]]
        if mails:
            break
        await asyncio.sleep(0.1)
    assert mails, "the transcript was mailed"
    inside, shown = await ana.everything(begun), await mara.everything(begun)
    assert numbers(inside) == list(range(1, len(inside) + 1))
    assert numbers(shown) == list(range(1, len(shown) + 1)), "no hole shows where a note was"
    assert sum(secret in str(event) for event in inside) == notes
    assert len(shown) == len(inside) - notes
    bodies = [
        *heard,
        *map(str, mara.wire.heard),
        str(shown),
        (await mara.http.get(f"{CONVERSATIONS}/{begun}/events?limit=500")).text,
        (await mara.http.get(CONVERSATIONS)).text,
        (await mara.http.post(f"{CONVERSATIONS}/{begun}/transcript", json={})).text,
        str(await mara.session()),
        *map(str, await mails_to(cast.server, address)),
    ]
    return [body for body in bodies if secret in body]


async def test_no_note_of_a_thousand_gets_out(cast: Cast) -> None:
    assert await leaks(cast, NOTES) == []


async def test_a_careless_server_is_found_out(careless: Cast) -> None:
    assert await leaks(careless, 10), "a canary would have been seen"
    answers, texts = await sent_often(careless)
    assert not once(answers, texts), "not one answer, though the database's own rule keeps it at one row"
    Records(careless.server.installation).ask("DROP INDEX event_sent_once")
    answers, texts = await sent_often(careless)
    assert texts.count("once") > 1
