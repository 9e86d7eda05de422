"""Alive and ready: answered in front of Django, at once, and also while what stands below hangs."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import httpx
import pytest
from django.db import OperationalError

from chat import draining
from chat.once import Look
from chat.views import health
from tests.support.installation import Installation, Server

#: Generous: it has been answered in two seconds, and a machine with much to do may add some.
SOON = 8.0


async def _missing() -> list[str]:
    for look in health.LOOKS.values():
        look._good_for = 0.0
    answer = await health.readyz({})
    told = json.loads(answer.body)
    assert (answer.status == 200) == (told["status"] == "ready") == (not told["missing"])
    return list(told["missing"])


@pytest.mark.django_db(transaction=True)
async def test_ready_when_the_database_answers_and_is_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _missing() == []
    for name, part in (("_answers", "database"), ("_is_migrated", "migrations")):
        with monkeypatch.context() as broken:
            broken.setattr(health, name, lambda: False)
            assert await _missing() == [part]
    with monkeypatch.context() as broken:
        broken.setattr(health, "reachable", lambda: False)
        assert await _missing() == ["redis"]
    with monkeypatch.context() as broken:
        broken.setattr(draining, "begun", lambda: True)
        assert await _missing() == ["draining"]


@pytest.mark.django_db(transaction=True)
async def test_a_mistake_of_ours_is_not_ready_either(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> bool:
        raise LookupError

    monkeypatch.setattr(health, "_answers", broken)
    assert await _missing() == ["database"]
    assert "could not be found out" in caplog.text


def hanging() -> tuple[Callable[[], int], threading.Event]:
    """A look that takes until it is let go, and finds how many have begun."""
    let_go = threading.Event()
    looks: list[threading.Thread] = []

    def look() -> int:
        looks.append(threading.current_thread())
        let_go.wait(30)
        return len(looks)

    return look, let_go


def test_a_look_that_hangs_is_one_thread_however_many_ask() -> None:
    look, let_go = hanging()
    one = Look("hangs", look, good_for=60)
    answers = [one.answer() for _ in range(100)]
    assert len({id(answer) for answer in answers}) == 1
    assert not answers[0].done()
    let_go.set()
    assert answers[0].result(10) == 1
    assert one.answer().result(10) == 1, "still fresh"
    one._good_for = 0
    assert one.answer().result(10) == 2, "looked again"


class Everytime(Look[int]):
    """The mutant: every probe looks for itself."""

    def answer(self) -> Future[int]:
        """A thread for each."""
        self._answer = None
        return super().answer()


def test_probes_that_look_for_themselves_would_pile_up() -> None:
    look, let_go = hanging()
    one = Everytime("hangs", look, good_for=60)
    answers = [one.answer() for _ in range(10)]
    let_go.set()
    assert max(answer.result(10) for answer in answers) == 10


def test_a_look_that_raises_does_not_hang_whoever_asked() -> None:
    def look() -> int:
        raise OperationalError

    with pytest.raises(OperationalError):
        Look("raises", look, good_for=1).answer().result(10)


def _asked(server: Server, address: str) -> tuple[int, list[str]]:
    try:
        with urllib.request.urlopen(f"{server.url}{address}", timeout=SOON) as answer:
            return answer.status, json.loads(answer.read()).get("missing", [])
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())["missing"]


def _threads(server: Server) -> int:
    assert server.process is not None
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


async def _many(server: Server, number: int) -> set[tuple[int, tuple[str, ...]]]:
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=SOON) as http:
        answers = await asyncio.gather(*(http.get(f"{server.url}/readyz") for _ in range(number)))
    return {(answer.status_code, tuple(answer.json()["missing"])) for answer in answers}


@pytest.mark.production
def test_not_ready_while_database_or_redis_hang_or_are_away(
    installation_factory: Callable[..., Installation],
) -> None:
    installation = installation_factory(own_postgresql=True)
    server = installation.server()
    postgresql, redis = installation.postgresql, installation.redis
    assert postgresql is not None
    if redis is None:
        pytest.skip("an imitated Redis cannot be paused")
    assert _asked(server, "/readyz") == (200, [])
    for service, part in ((redis, "redis"), (postgresql, "database")):
        service.pause()
        try:
            time.sleep(health.FRESH)  # what was seen before is good for so long
            asyncio.run(_many(server, 1))
            before = _threads(server)
            for _ in range(2):
                assert asyncio.run(_many(server, 40)) == {(503, (part,))}
            assert _threads(server) <= before + 2, "probes do not pile up threads"
            assert _asked(server, "/healthz")[0] == 200, "the process lives"
        finally:
            service.resume()
        _ready_again(server)
    postgresql.stop()
    time.sleep(health.FRESH)
    assert _asked(server, "/readyz") == (503, ["database"])
    postgresql.start()
    _ready_again(server)


def _ready_again(server: Server) -> None:
    deadline = time.monotonic() + 30
    while _asked(server, "/readyz") != (200, []):
        assert time.monotonic() < deadline, server.last_words()
        time.sleep(0.1)


def test_a_probe_needs_no_name_of_a_host_and_gets_no_cookie(server: Server) -> None:
    for address in ("/healthz", "/readyz"):
        answer = httpx.get(
            f"{server.url}{address}", headers={"Host": "10.1.2.3:9"}, trust_env=False, verify=False
        )
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        head = httpx.head(f"{server.url}{address}", trust_env=False, verify=False)
        assert (head.status_code, head.content) == (200, b"")
