"""How long a thread waits for the database, and what is told when that is over."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest
from django.db import OperationalError

from chat import database, patience
from chat.database import in_database, run_tidily
from chat.errors import Unavailable
from chat.log import writer
from chat.log.entries import Author, Entry, Result, Say


def test_the_shorter_patience_holds() -> None:
    assert patience.left() is None
    with patience.at_most(100):
        with patience.at_most(1):
            assert patience.left() <= 1  # type: ignore[operator]
        assert patience.left() > 1  # type: ignore[operator]
        with patience.at_most(1000):
            assert patience.left() <= 100  # type: ignore[operator]
    assert patience.left() is None


def test_it_is_of_one_thread() -> None:
    seen: list[float | None] = []
    with patience.at_most(0):
        assert patience.left() == 0
        thread = threading.Thread(target=lambda: seen.append(patience.left()))
        thread.start()
        thread.join()
    assert seen == [None]


async def test_what_queued_up_behind_a_silent_database_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    tried: list[int] = []
    silent = [in_database(time.sleep, 0.5) for _ in range(64)]  # more than there are threads
    results = await asyncio.gather(*silent, in_database(tried.append, 1), return_exceptions=True)
    assert isinstance(results[-1], Unavailable)
    assert tried == []
    await in_database(tried.append, 2)
    assert tried == [2]


async def test_who_came_while_a_batch_met_silence_is_told_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def silent(entries: list[Entry]) -> list[Result]:
        asked.append(len(entries))
        time.sleep(0.3)
        return [Unavailable() for _ in entries]

    monkeypatch.setattr(writer, "SILENT", 0.1)
    monkeypatch.setattr(writer, "append", silent)
    log = writer.Writer()
    told: list[Result] = []
    entry = Entry(conversation=None, author=Author("system", None, ""), act=Say("x", "c"))  # type: ignore[arg-type]
    log.submit(entry, told.append)
    await asyncio.sleep(0.05)
    for _ in range(5):
        log.submit(entry, told.append)
    async with asyncio.timeout(10):
        while len(told) < 6:
            await asyncio.sleep(0.01)
    assert asked == [1]
    assert all(isinstance(one, Unavailable) and one.retry for one in told)
    await log.close()


def test_why_the_database_would_not_is_written_down_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked() -> None:
        raise OperationalError("somebody's words")

    def refused(times: int) -> None:
        for _ in range(times):
            with pytest.raises(Unavailable):
                run_tidily(locked)

    monkeypatch.setattr(database, "_quiet_until", 0.0)
    monkeypatch.setattr(database, "_untold", 0)
    with caplog.at_level(logging.WARNING, "chat.database"):
        refused(3)
        monkeypatch.setattr(database, "_quiet_until", 0.0)
        refused(1)
    assert [record.getMessage().rpartition(" ")[2] for record in caplog.records] == ["0", "2"]
    assert all(record.exc_info and record.exc_info[0] is OperationalError for record in caplog.records)
