"""The log of a server, at its most talkative, after a whole story: nothing in it that anybody said or is."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from chat.errors import Conflict
from config.logs import request_id
from config.logs.failures import catch_everything, told
from config.logs.shape import Json, Plain, logging_settings
from config.paths import shown
from tests.faults import mutants
from tests.known.canaries import found_in
from tests.support.cast import Cast, Records, until
from tests.support.gossip import Gossip
from tests.support.installation import Installation, Server

ADDRESS = "203.0.113.77"
#: A story takes some seconds, and both forms say the same: one on each database, both in the long run.
FORMS = (
    ["plain", "json"]
    if os.environ.get("RAPPORT_LONG")
    else ["json" if os.environ.get("REDIS_URL") else "plain"]
)
TALKATIVE = {"LOG_LEVEL": "DEBUG", "ACCESS_LOG": "true"}


def _leaks(log: str, gossip: Gossip) -> set[str]:
    """What of all that was told stands in the log, in whatever disguise."""
    low = log.lower()
    return {one for one in gossip.told if one.lower() in low} | {
        one for one in found_in(log) if re.fullmatch(r"kz[0-9a-f]{10}q|99700[0-9]{7}|rapp-.*", one)
    }


@pytest.mark.parametrize("form", FORMS)
async def test_nothing_that_anybody_said_or_is_stands_in_the_log(
    installation_factory: Callable[..., Installation], form: str
) -> None:
    installation = installation_factory(**TALKATIVE, LOG_FORMAT=form)
    server = installation.server()
    cast = Cast(server)
    gossip = Gossip(cast)
    await gossip.whole_story()
    await gossip.with_a_broken_database(Records(installation))
    await cast.leave()
    await until(lambda: _said(server, " socket opened") == _said(server, " socket closed"))
    # The banner, which is no log, tells the demo's password.
    log = re.sub(r"Rapport is ready.*?Stop with Ctrl-C\.", "", server.log.read_text(), flags=re.DOTALL)
    assert len(gossip.told) > 100
    assert _leaks(log, gossip) == set()
    assert ADDRESS not in log
    assert "127.0.0.1:" not in log.replace(server.url, ""), "no address of a client"
    if form == "json":
        _well_formed(log)
    for expected in (
        *(
            "POST /api/widget/v1/session 200",
            "GET /* 404",
            "customer socket opened",
            "customer socket closed",
        ),
        *("Traceback:", "IntegrityError" if installation.database_url else "SQLITE_CONSTRAINT_TRIGGER"),
    ):
        assert expected in log, f"the story has been through {expected}"


def _said(server: Server, words: str) -> int:
    return server.log.read_text().count(words)


def _well_formed(log: str) -> None:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    usual = {"time", "level", "logger", "message", "process"}
    assert all(usual <= line.keys() for line in lines)
    assert any("exception" in line and line["request"] for line in lines)
    requests = [line for line in lines if "ms" in line]
    assert {"method", "path", "status", "ms", "request"} <= requests[0].keys()
    closed = [line for line in lines if "seconds" in line]
    assert {"socket", "code", "seconds", "heard", "told", "request"} <= closed[0].keys()
    after = log.partition('{"time"')[2]
    assert all(line.startswith("{") for line in after.splitlines()[1:] if line), "nothing else from there on"


class TellsFrames(Server):
    """The mutant: it logs what it refuses."""

    def command(self) -> Sequence[str | Path]:
        """The mutant's own start."""
        return [sys.executable, Path(mutants.__path__[0]) / "tells_frames.py"]


@pytest.mark.embedded
async def test_a_server_that_logs_a_frame_is_found_out(
    installation_factory: Callable[..., Installation],
) -> None:
    with TellsFrames(installation_factory(), {}) as server:
        cast = Cast(server)
        gossip = Gossip(cast)
        await gossip.bad_frames(await cast.customer())
        await cast.leave()
        assert _leaks(server.log.read_text(), gossip), "the test above could not fail"


async def test_by_itself_a_server_says_no_more_than_it_did(server: Server) -> None:
    before = server.log.stat().st_size
    await asyncio.to_thread(httpx.get, f"{server.url}/demo/", trust_env=False, verify=False)
    assert server.log.stat().st_size == before, "no line for each request"
    assert "{" not in server.log.read_text().partition("Rapport is ready")[0]


def _line(
    form: type[logging.Formatter], *, name: str = "chat.x", msg: object = "said", **more: object
) -> str:
    record = logging.makeLogRecord({"name": name, "msg": msg, "levelname": "ERROR", "lineno": 7, **more})
    return form().format(record)


def _raised(error: Exception) -> dict[str, Any]:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001  (any at all)
        return {"exc_info": (type(caught), caught, caught.__traceback__)}


class _Refused(psycopg.errors.UniqueViolation):
    """As the server's answer makes it."""

    diag = SimpleNamespace(  # type: ignore[assignment]
        constraint_name="identifier_once", table_name="customers_identifier", column_name=None
    )


SECRET = "mara@example.com"
ERRORS = {
    "database": (
        _Refused(f"Key (email)=({SECRET}) already exists."),
        "23505, identifier_once, customers_identifier",
    ),
    "value": (ValueError(f"not a number: {SECRET}"), "ValueError"),
    "key": (KeyError(SECRET), "KeyError"),
    "system": (FileNotFoundError(2, "No such file or directory", SECRET), "No such file or directory"),
    "sqlite": (sqlite3.IntegrityError(SECRET), "sqlite3.IntegrityError"),
    "group": (ExceptionGroup(SECRET, [ValueError(SECRET)]), "ExceptionGroup (ValueError)"),
    "ours": (Conflict(SECRET), "Conflict (conflict)"),
}


@pytest.mark.parametrize("form", [Plain, Json])
@pytest.mark.parametrize("which", ERRORS)
def test_an_exception_is_told_without_its_text(form: type[logging.Formatter], which: str) -> None:
    error, kept = ERRORS[which]
    assert SECRET not in told(SystemExit(SECRET))
    try:
        try:
            raise error
        except Exception as first:
            raise RuntimeError(SECRET) from first
    except RuntimeError as second:
        line = _line(form, exc_info=(RuntimeError, second, second.__traceback__))
    assert SECRET not in line
    assert kept in line
    assert "RuntimeError" in line
    assert "test_an_exception_is_told_without_its_text" in line, "where it was"
    usual = logging.Formatter().format(logging.makeLogRecord({"msg": "said", **_raised(error)}))
    assert SECRET in usual, "the test could not fail"


def test_what_is_about_settings_is_told() -> None:
    assert "EMAIL_URL must" in _line(Plain, **_raised(ImproperlyConfigured("EMAIL_URL must be an address")))


@pytest.mark.parametrize(
    ("msg", "args", "expected"),
    [
        ("Invalid Host header: %r in %s", (SECRET, 7), "Invalid Host header: … in 7"),
        ("%(who)s came", {"who": SECRET}, "… came"),
        ("%5.1f %% of %s", (2.5, ValueError(SECRET)), "2.5 % of (ValueError)"),
        (f"Received from {SECRET}", (), "(left out; "),
        (SECRET, (), "(left out; "),
        (ValueError(SECRET), (), "(left out; "),
    ],
)
def test_a_library_is_quoted_without_values(msg: object, args: object, expected: str) -> None:
    for form in (Plain, Json):
        line = _line(form, name="library.part", msg=msg, args=args, pathname=__file__ + "x", module="part")
        assert SECRET not in line
        assert expected in line
    ours = _line(Plain, msg=msg, args=args)
    assert SECRET in ours, "what we say ourselves is not touched, so the test above has to look through it"


def test_a_library_is_quoted_with_what_stands_in_its_source() -> None:
    words = "Application shutdown complete."
    assert words in _line(Plain, name="library", msg=words, pathname=__file__)


def test_a_line_names_its_request_and_its_fields() -> None:
    token = request_id.set("4711")
    try:
        line = json.loads(_line(Json, name="access", path="/x", ms=1.5))
        assert (line["request"], line["path"], line["ms"]) == ("4711", "/x", 1.5)
        assert "[4711]" in _line(Plain)
        assert "request=" not in _line(Json, name="django.request", request=SECRET)
        assert SECRET not in _line(Json, name="django.request", request=SECRET)
    finally:
        request_id.reset(token)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/widget/v1/session", "/api/widget/v1/session"),
        ("/healthz", "/healthz"),
        (
            "/api/v1/conversations/0190e2d2-0000-7000-8000-000000000001/return-card",
            "/api/v1/conversations/0190e2d2-0000-7000-8000-000000000001/return-card",
        ),
        (f"/api/widget/v1/{SECRET}", "/api/widget/v1/*"),
        ("/admin/chat/mail/12/change/", "/admin/chat/mail/12/change/"),
        ("/4915112345678/", "/*/"),
        ("/" + "a/" * 5000, "/" + "*/" * 11 + "*"),
        ("", ""),
        ("//\n\x00", "//*"),
    ],
)
def test_a_path_keeps_our_own_words_and_ids(path: str, expected: str) -> None:
    assert shown(path) == expected


def test_what_nobody_caught_goes_the_same_way(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module, hook in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    catch_everything()

    def fail() -> None:
        raise ValueError(SECRET)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert [record.getMessage() for record in caplog.records] == ["Nobody caught this"]
    assert SECRET not in Plain().format(caplog.records[0])


def test_access_lines_are_there_as_asked() -> None:
    for access, level in ((True, "INFO"), (False, "WARNING")):
        made = logging_settings(level="INFO", form="JSON", access=access)
        assert made["loggers"]["access"]["level"] == level
