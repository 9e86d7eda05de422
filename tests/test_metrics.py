"""/metrics: who may see it, that it counts what happens, and that several processes add up."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from chat.metrics import process_ended
from chat.metrics.processes import living
from chat.views.metrics import FORWARDED, metrics
from tests.support.cast import Cast, Records, until
from tests.support.figures import Figures, read, scrape
from tests.support.installation import Installation, Server
from tools.environment import ROOT

LOCAL = ("127.0.0.1", 4000)
TOKEN = "a-token-for-the-tests"
RULES = (ROOT / "deploy" / "prometheus" / "rapport.rules.yml").read_text()
MONITORING = (ROOT / "docs" / "monitoring.md").read_text()


@pytest.mark.parametrize("client", [LOCAL, ("::1", 1), ("::ffff:127.0.0.1", 1), ("127.8.9.1", 1)])
async def test_this_machine_may_see_them(client: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.views.metrics.text", lambda *_: b"figures")
    answer = await metrics({"client": client, "headers": []})
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"figures")


@pytest.mark.parametrize("behind_proxy", [True, False])
async def test_whoever_comes_through_a_proxy_or_from_elsewhere_may_not(settings, behind_proxy: bool) -> None:
    settings.BEHIND_PROXY = behind_proxy
    for client in [None, ("10.0.0.1", 1), ("0.0.0.0", 1), ("localhost", 1), ("", 0), ("fe80::1", 1)]:
        assert await metrics({"client": client, "headers": []}) is None, client
    for name in FORWARDED:
        assert await metrics({"client": LOCAL, "headers": [(name, b"127.0.0.1")]}) is None, name


async def test_whoever_has_the_token_may(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.views.metrics.text", lambda *_: b"figures")
    settings.METRICS_TOKEN = TOKEN
    far = {"client": ("10.0.0.1", 1)}
    given = {
        f"Bearer {TOKEN}": True,
        **dict.fromkeys([f"Bearer {TOKEN}x", f"bearer {TOKEN}", TOKEN, "Bearer ", f"Basic {TOKEN}"], False),
        "Bearer é": False,
    }
    for value, good in given.items():
        answer = await metrics({**far, "headers": [(b"authorization", value.encode("latin-1"))]})
        assert (answer is not None) == good, value
    settings.METRICS_TOKEN = ""
    assert await metrics({**far, "headers": [(b"authorization", b"Bearer ")]}) is None, "there is none"


def test_who_may_not_see_them_cannot_tell_that_there_are_any(server: Server) -> None:
    proxied = {"X-Forwarded-For": "127.0.0.1", "Authorization": "Bearer wrong"}
    refused, unknown = (
        httpx.get(f"{server.url}/{page}", headers=proxied, trust_env=False, verify=False)
        for page in ("metrics", "metricz")
    )
    assert refused.status_code == unknown.status_code == 404
    assert refused.text.replace("metrics", "metricz") == unknown.text
    assert refused.headers.keys() == unknown.headers.keys()


async def test_what_waits_is_read_from_the_database(
    installation_factory: Callable[..., Installation],
) -> None:
    installation = installation_factory()
    server = installation.server()
    records, cast = Records(installation), Cast(server)
    mara = await cast.customer()
    before = await _looked_at(server, lambda figures: "rapport_mail_waiting" in figures)
    await mara.start("It does not scan")
    mail = (
        'INSERT INTO chat_mail (id, kind, "to", subject, text, state, at, due_at, tries, error, done_at)'
        " VALUES (?, 'code', 'x@example.com', '', '', ?, ?, ?, 1, '', ?)"
    )
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    for number, state in enumerate(["waiting", "waiting", "dead"]):
        done = hour_ago if state == "dead" else None
        tomorrow = "2099-01-01 00:00:00"
        records.ask(mail, f"{number:032x}", state, hour_ago, tomorrow, done)
    worked = "rapport_worker_last_success_timestamp_seconds{work=tidying}"
    queue = before["rapport_queue_waiting_conversations"] + 1
    figures = await _looked_at(
        server,
        lambda figures: (
            figures.get("rapport_mail_waiting") == 2
            and figures["rapport_mail_dead"] == 1
            and figures["rapport_queue_waiting_conversations"] == queue
            and worked in figures
        ),
    )
    assert figures["rapport_mail_oldest_seconds"] >= 3600
    assert figures["rapport_queue_oldest_seconds"] >= 0
    for work in ("recognising", "sending", "asking", "indexing", "tidying"):
        at = figures[f"rapport_worker_last_success_timestamp_seconds{{work={work}}}"]
        assert abs(time.time() - at) < 120, work
    await cast.leave()


async def _looked_at(server: Server, good: Callable[[Figures], bool]) -> Figures:
    """Figures that are `good`, as soon as they are: what is read from the database stays for some seconds."""
    figures: Figures = {}
    for _ in range(300):
        figures = await scrape(server)
        if good(figures):
            return figures
        await asyncio.sleep(0.1)
    raise AssertionError(f"it did not come to that: {figures}")


# What a process of its own does with the figures, for as long as its input stays open.
PROCESS = """
import sys
from chat.metrics import figures
figures.OPENED.labels("customer").inc(int(sys.argv[1]))
figures.CONNECTIONS.labels("customer").inc(int(sys.argv[1]))
figures.OUTBOX_LARGEST.set(int(sys.argv[1]))
figures.HUB_UP.labels("redis").set(int(sys.argv[1]) > 3)
figures.COMMIT.observe(0.003)
print("counted", flush=True)
sys.stdin.read()
"""
SCRAPE = "from chat.metrics.text import text; print(text().decode())"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    return tmp_path


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _summed() -> Figures:
    asking = _python(SCRAPE)
    text, _ = asking.communicate(timeout=60)
    return read(text)


def test_processes_add_up_and_the_dead_are_forgotten(folder: Path) -> None:
    one, two = _python(PROCESS, "3"), _python(PROCESS, "5")
    with one, two:
        for process in (one, two):
            assert process.stdout is not None
            assert process.stdout.readline() == "counted\n"
        both = _summed()
        one.kill()
        one.wait()
        process_ended(one.pid)
        assert not list(folder.glob(f"gauge_live*_{one.pid}.db"))
        rest = _summed()
        two.kill()  # and nobody says so
        two.wait()
        assert living() == []
        none = _summed()
    opened = "rapport_connections_opened_total{kind=customer}"
    assert [figures[opened] for figures in (both, rest, none)] == [8, 8, 8], "what was counted stays"
    connections = "rapport_connections{kind=customer}"
    assert [figures.get(connections, 0) for figures in (both, rest, none)] == [8, 5, 0]
    assert [figures["rapport_outbox_largest_bytes"] for figures in (both, rest)] == [5, 5]
    assert [figures["rapport_hub_up{hub=redis}"] for figures in (both, rest)] == [0, 1], "the worst counts"
    assert both["rapport_commit_seconds_count"] == 2
    assert both["rapport_commit_seconds_bucket{le=0.005}"] == 2
    assert both["rapport_commit_seconds_bucket{le=0.0025}"] == 0
    assert both["process_resident_memory_bytes"] > rest["process_resident_memory_bytes"] > 0


@pytest.mark.production
async def test_two_server_processes_answer_for_both(
    installation_factory: Callable[..., Installation], tmp_path: Path
) -> None:
    installation = installation_factory(PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    here, there = installation.server(), installation.server()
    customers, consoles = Cast(here), Cast(there)
    mara = await customers.customer()
    ana = await consoles.technician()
    conversation = (await mara.start("It does not scan"))["id"]
    await ana.claim(conversation)
    await ana.say(conversation, "Good morning")
    expected = {
        "rapport_connections{kind=customer}": 1.0,
        "rapport_connections{kind=console}": 1.0,
        "rapport_messages_accepted_total{kind=message}": 2.0,
        "rapport_processes": 2.0,
    }
    for server in (here, there):
        # What is looked at is looked at once a second.
        figures = await _looked_at(
            server, lambda figures: figures.get("rapport_hub_frames_total{what=heard}", 0) > 0
        )
        assert {name: figures.get(name) for name in expected} == expected
    assert there.process is not None
    there.kill()
    await until(lambda: there.process is None)
    figures = await scrape(here)
    assert figures["rapport_processes"] == 1
    assert figures.get("rapport_connections{kind=console}", 0) == 0
    assert figures["rapport_messages_accepted_total{kind=message}"] == 2
    await customers.leave()
    await consoles.leave()


def _defined() -> set[str]:
    """Every name under which a figure of ours can stand in /metrics."""
    names = set()
    for path in (ROOT / "chat" / "metrics" / "figures.py", ROOT / "chat" / "metrics" / "text.py"):
        names |= set(re.findall(r'"(rapport_\w+)"', path.read_text()))
    return names | set(
        re.findall(r'"(rapport_\w+)"', (ROOT / "chat" / "selectors" / "backlog.py").read_text())
    )


def _plain(name: str) -> str:
    defined = _defined()
    return next(
        (
            name.removesuffix(end)
            for end in ("_bucket", "_count", "_sum")
            if name.removesuffix(end) in defined
        ),
        name,
    )


def test_rules_and_documentation_speak_of_figures_that_exist() -> None:
    used = {_plain(name) for name in re.findall(r"\brapport_[a-z_]+", RULES)}
    assert len(used) > 10, "the search finds them"
    assert used <= _defined()
    documented = set(re.findall(r"`(rapport_\w+)`", MONITORING))
    assert documented == _defined()


def test_rules_say_what_alerts_need() -> None:
    alerts = re.split(r"^      - alert: ", RULES, flags=re.MULTILINE)[1:]
    assert len(alerts) > 10
    for alert in alerts:
        name = alert.partition("\n")[0]
        assert re.search(r"^        expr: .+$", alert, re.MULTILINE), name
        assert re.search(r"severity: (page|warn)", alert), name
        assert re.search(r'summary: "[^"]+"', alert), name
