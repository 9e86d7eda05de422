"""Requests over HTTP run in kept threads, one at a time in each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.handler import IDLE, OneStep, _Thread

pytestmark = pytest.mark.urls(__name__)
slow = threading.Event()


def where(request: HttpRequest) -> HttpResponse:
    """Which thread this runs in."""
    return HttpResponse(str(threading.get_ident()))


def wait(request: HttpRequest) -> HttpResponse:
    """Answers when `slow` is set."""
    slow.wait(10)
    return where(request)


urlpatterns = [path("where", where), path("wait", wait)]


@pytest.fixture(autouse=True)
def _not_yet() -> Iterator[None]:
    slow.clear()
    yield
    slow.set()


async def ask(handler: OneStep, address: str, gone: asyncio.Event | None = None) -> tuple[int, str]:
    """Status and text of a GET; the client goes when `gone` is set."""
    given = asyncio.Queue[dict[str, Any]]()
    given.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not given.empty():
            return given.get_nowait()
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"testserver")]
    scope = {"type": "http", "method": "GET", "path": address, "headers": headers, "query_string": b""}
    await handler(scope, receive, send)
    if not sent:
        return 0, ""
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:]).decode()


async def test_one_after_another_in_the_same_thread_and_never_in_the_loops() -> None:
    handler = OneStep()
    threads = {await ask(handler, "/where") for _ in range(5)}
    assert len(threads) == 1
    assert threads != {(200, str(threading.get_ident()))}


async def test_many_at_once_each_in_their_own_and_few_are_kept() -> None:
    handler = OneStep()
    rush = [asyncio.create_task(ask(handler, "/wait")) for _ in range(2 * IDLE)]
    await asyncio.sleep(0.2)
    slow.set()
    answers = await asyncio.gather(*rush)
    assert {status for status, _ in answers} == {200}
    assert len({thread for _, thread in answers}) == 2 * IDLE
    assert len(handler._idle) == IDLE


async def test_nobody_waits_for_a_request_whose_client_has_gone() -> None:
    handler, gone = OneStep(), asyncio.Event()
    left = asyncio.create_task(ask(handler, "/wait", gone))
    await asyncio.sleep(0.1)
    gone.set()
    await asyncio.sleep(0.1)
    assert not slow.is_set(), "its view is still at work"
    for _ in range(3):
        status, _ = await asyncio.wait_for(ask(handler, "/where"), 5)
        assert status == 200
    slow.set()
    assert await asyncio.wait_for(left, 5) == (0, "")
    assert len(handler._idle) == 2


def test_a_thread_knows_whether_it_is_at_work() -> None:
    """What decides whether the next request may have it."""
    thread = _Thread()
    assert not thread.busy()
    work = thread.submit(slow.wait, 10)
    assert thread.busy()
    slow.set()
    assert work.result(10)
    assert not thread.busy()
    thread.shutdown()


async def test_what_is_not_there_is_an_answer() -> None:
    handler = OneStep()
    assert (await ask(handler, "/nowhere"))[0] == 404
    assert (await ask(handler, "/where"))[0] == 200
