"""The replay: what it refuses before it begins, and that it notices everything a server can do wrong."""

import asyncio
import json
import uuid
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.core.management import CommandError, call_command

from chat.replay import link
from chat.replay.errors import BrokenFile, Refused, ReplayError, Unreachable
from chat.replay.figures import Figures, percentile
from chat.replay.run import Plan, run
from chat.replay.script import Side, Talk, chains, read_talks
from chat.replay.verify import compare
from chat.replay.view import View
from tests.fixtures import RECORDING
from tests.fixtures.fake_rapport import FakeRapport
from tests.load.replay.account import in_database
from tests.support.cast import Records
from tests.support.installation import Server

GOOD = {"at": "2026-03-02T09:00:00Z", "from": "customer", "text": "Hello"}


def _talk(**changes: Any) -> dict[str, Any]:
    return {"id": "x", "customer": "Mara", "technician": "Ana", "messages": [GOOD], **changes}


def test_the_recording_is_read_in_order_and_chained_by_customer() -> None:
    talks = read_talks(RECORDING)
    assert [talk.id for talk in talks] == ["r-1", "r-2", "r-3", "r-4", "r-5"]
    assert [[talk.id for talk in chain] for chain in chains(talks)] == [
        ["r-1", "r-3", "r-5"],
        ["r-2"],
        ["r-4"],
    ]
    assert [talk.id for talk in read_talks(RECORDING, limit=2)] == ["r-1", "r-2"]


BROKEN: dict[str, str | bytes] = {
    "not JSON": b'{"id": ',
    "not UTF-8": b'{"id": "\xff"}',
    "number too long": b'{"id": ' + b"9" * 5000 + b"}",
    "nesting too deep": b"[" * 100_000,
    "not an object": b"[]",
    "no messages": json.dumps(_talk(messages=[])),
    "messages no list": json.dumps(_talk(messages="hello")),
    "no id": json.dumps(_talk(id=None)),
    "blank customer": json.dumps(_talk(customer="  ")),
    "technician a number": json.dumps(_talk(technician=7)),
    "name too long": json.dumps(_talk(customer="m" * 201)),
    "NUL in a name": json.dumps(_talk(customer="a\0b")),
    "message no object": json.dumps(_talk(messages=["hello"])),
    "technician first": json.dumps(_talk(messages=[{**GOOD, "from": "technician"}])),
    "from a stranger": json.dumps(_talk(messages=[GOOD, {**GOOD, "from": "bot"}])),
    "empty text": json.dumps(_talk(messages=[{**GOOD, "text": " \n"}])),
    "text missing": json.dumps(_talk(messages=[{"at": GOOD["at"], "from": "customer"}])),
    "text too long": json.dumps(_talk(messages=[{**GOOD, "text": "x" * 8001}])),
    "NUL": json.dumps(_talk(messages=[{**GOOD, "text": "a\0b"}])),
    "half a surrogate pair": json.dumps(_talk(messages=[{**GOOD, "text": "\ud800"}])),
    "no time": json.dumps(_talk(messages=[{**GOOD, "at": "yesterday"}])),
    "time a number": json.dumps(_talk(messages=[{**GOOD, "at": 5}])),
    "id twice": json.dumps(_talk(id="r-1")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, name: str) -> None:
    line = BROKEN[name]
    file = tmp_path / "broken.jsonl"
    file.write_bytes(RECORDING.read_bytes() + (line if isinstance(line, bytes) else line.encode()) + b"\n")
    with pytest.raises(BrokenFile, match="line 6: ") as caught:
        read_talks(file, limit=1)
    assert caught.value.line == 6


def test_the_longest_allowed_text_is_read(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    file.write_text(json.dumps(_talk(messages=[{**GOOD, "text": "é" * 8000}])))
    assert len(read_talks(file)[0].lines[0].text) == 8000


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(ReplayError, match="no conversation"):
        read_talks(tmp_path / "empty.jsonl")
    with pytest.raises(ReplayError, match="cannot read"):
        read_talks(tmp_path / "none.jsonl")


def _event(seq: int, client_id: str, text: str = "", by: str = "customer") -> dict[str, Any]:
    message = {"id": f"m-{client_id}", "client_id": client_id, "text": text or client_id}
    return {"seq": seq, "kind": "message", "by": {"kind": by}, "message": message}


def test_comparing_names_what_is_lost_doubled_out_of_order_and_strange() -> None:
    said: list[tuple[str, Side, str]] = [
        ("a", "customer", "a"),
        ("b", "technician", "b"),
        ("c", "customer", "c"),
    ]
    a, b, c = _event(1, "a"), _event(2, "b", by="technician"), _event(3, "c")
    assigned = {"seq": 2, "kind": "assigned", "by": {"kind": "technician"}}
    assert not compare(said, [a, assigned, {**b, "seq": 3}, {**c, "seq": 4}])
    assert compare(said, [a, {**c, "seq": 2}]).lost == ["b"]
    assert compare(said, [a, _event(2, "b", by="customer"), c]).lost == ["b"], "somebody else's words"
    assert compare(said, [a, _event(2, "b", "B", by="technician"), c]).lost == ["b"], "other words"
    assert compare(said, [a, b, {**b, "seq": 3}, {**c, "seq": 4}]).doubled == ["b"]
    assert compare(said, [a, {**c, "seq": 2}, {**b, "seq": 3}]).disordered == ["b"]
    assert compare(said, [a, b, {**c, "seq": 4}]).disordered, "a hole in the numbers"
    assert compare(said, [a, b, c, _event(4, "z")]).strange == ["z"]


def test_a_view_holds_back_what_is_early_and_asks_for_what_is_missing() -> None:
    log = [_event(number, f"c{number}") for number in range(1, 8)]
    asked: list[int] = []

    async def sync(conversation: str, after: int) -> dict[str, Any]:
        asked.append(after)
        return {"events": log[after : after + 2], "more": after + 2 < len(log)}

    async def scene() -> None:
        view = View("k", sync)
        view.take(log[0])
        view.take(log[2])
        assert view.last == 1, "the third waits for the second"
        view.take(log[1])
        view.take(log[1])
        assert [key for key, _text in view.said] == ["c1", "c2", "c3"]
        assert not asked
        view.take(log[6])
        await view.seen("c7")
        assert view.last == 7
        assert asked == [3, 5]

    asyncio.run(scene())


@pytest.mark.parametrize(("share", "value"), [(0.5, 5.0), (0.95, 10.0), (0.99, 10.0), (0.1, 1.0)])
def test_percentiles_are_values_that_occurred(share: float, value: float) -> None:
    assert percentile(array("d", [float(number) for number in range(10, 0, -1)]), share) == value
    assert percentile(array("d"), share) == 0.0


@asynccontextmanager
async def _served(app: FakeRapport) -> AsyncIterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="websockets-sansio")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def _replay(fault: str = "none", **changes: Any) -> tuple[Figures, FakeRapport]:
    async def scene() -> tuple[Figures, FakeRapport]:
        app = FakeRapport("secret", fault)
        async with _served(app) as url:
            plan = {"urls": [url], "technicians": ["ana", "bo"], "password": "secret", "patience": 5.0}
            return await run(Plan(talks=read_talks(RECORDING), **{**plan, **changes})), app

    return asyncio.run(scene())


def test_a_sound_server_passes() -> None:
    figures, _app = _replay()
    assert figures.good, figures.failures
    assert (figures.conversations, figures.messages) == (5, 17)
    assert (figures.people_back, figures.times_back) == (1, 2)
    assert (figures.people_found, figures.times_found) == (1, 2)
    assert len(figures.latency) == 12, "the first message of each conversation has no other side yet"
    assert "5" in figures.table()


def test_being_asked_to_slow_down_costs_nothing() -> None:
    figures, app = _replay("limit")
    assert figures.good
    assert len(app.put_off) == 3


def test_broken_connections_cost_nothing() -> None:
    figures, app = _replay("cut", patience=30.0)
    assert figures.good, figures.failures
    assert app.cuts >= 3
    assert figures.reconnects >= 3


def test_calls_that_a_server_misses_while_it_is_away_cost_nothing() -> None:
    figures, app = _replay("away")
    assert figures.good, (figures.failures, figures.stopped)
    assert {("GET", "/console/login/"), ("POST", "/console/login/")} < set(app.turned_away)
    assert len(figures.tried_again_at) == len(app.turned_away) > 3, "it was there, and is told"
    assert "HTTP calls made once more" in figures.table()


def test_a_server_that_pushes_nothing_is_borne_by_its_heartbeats() -> None:
    figures, _app = _replay("mute")
    assert figures.good, figures.failures


def test_pauses_of_the_recording_are_kept_shorter() -> None:
    figures, _app = _replay(speed=1000.0)
    assert figures.good
    assert figures.playing >= 0.12, "the first conversation has pauses of 120 s"


@pytest.mark.parametrize(
    ("fault", "noticed"),
    [("lose", "lost"), ("alter", "lost"), ("double", "doubled"), ("swap", "disordered")],
)
def test_a_server_that_spoils_the_log_is_found_out(fault: str, noticed: str) -> None:
    figures, _app = _replay(fault)
    assert getattr(figures, noticed)
    assert not figures.good
    assert figures.times_found < figures.times_back, "a spoilt past is not a found one"


def test_a_server_that_forgets_its_customers_is_found_out() -> None:
    figures, _app = _replay("forget")
    assert (figures.times_back, figures.times_found) == (2, 0)
    assert figures.lost
    assert not figures.good


def test_a_wrong_password_and_a_silent_address_are_told_in_words() -> None:
    with pytest.raises(Refused, match="wrong user name or password"):
        _replay(password="wrong")
    with pytest.raises(Unreachable, match="no server answers"):
        _replay(urls=["http://127.0.0.1:9"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--limit", "0"],
        ["--limit", "many"],
        ["--speed", "-1"],
        ["--speed", "nan"],
        ["--concurrency", "0"],
        ["--url", "ftp://x"],
        ["--technicians", ","],
        ["--lim", "3"],
        ["--unknown"],
    ],
)
def test_mistyped_options_are_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("replay", str(RECORDING), *arguments, "--password", "secret")


def test_a_password_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("replay", str(RECORDING))


def _many(times: int) -> list[Talk]:
    """The recording so many times over, by other people each time."""
    talks = read_talks(RECORDING)
    return [
        Talk(f"{talk.id}-{number}", f"{talk.customer} {number}", talk.technician, talk.lines)
        for number in range(times)
        for talk in talks
    ]


def test_the_command_plays_against_the_real_server(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", server.password)
    call_command("replay", str(RECORDING), "--url", server.url, "--technicians", "ana,bo")
    output = capsys.readouterr()
    figures = {line[:37].strip(): line[37:].strip() for line in output.out.splitlines()}
    assert figures["conversations"] == "5"
    assert figures["messages"] == "17"
    assert figures["returners who found their past"] == "1 people, 2 times"
    assert (figures["lost"], figures["doubled"], figures["out of order"]) == ("0", "0", "0")
    assert not output.err, "quiet where there is no terminal"


def test_the_database_is_asked_too(server: Server) -> None:
    figures = asyncio.run(run(Plan(_many(1), [server.url], ["ana", "bo", "cy"], server.password)))
    outcome = in_database(server.installation, figures.played)
    outcome.assert_clean()
    assert outcome.accepted == figures.messages == 17


def test_a_client_that_sends_again_under_another_name_is_found_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = link.Link.ask

    async def impatient(self: link.Link, kind: str, /, **fields: Any) -> dict[str, Any]:
        answer = await ask(self, kind, **fields)
        if kind != "message.send":
            return answer
        return await ask(self, kind, **{**fields, "client_id": str(uuid.uuid4())})

    monkeypatch.setattr(link.Link, "ask", impatient)
    figures = asyncio.run(run(Plan(_many(1), [server.url], ["ana", "bo", "cy"], server.password)))
    assert figures.strange
    assert not figures.good
    assert in_database(server.installation, figures.played).doubled


@pytest.mark.embedded  # tests/faults restarts servers on both
def test_a_restart_in_the_middle_is_lived_through(
    server_factory: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 2.0)  # it is away for seconds
    server = server_factory()
    plan = Plan(_many(8), [server.url], ["ana", "bo", "cy"], server.password, concurrency=10)
    records = Records(server.installation)
    before = records.count("chat_event")

    async def scene() -> Figures:
        playing = asyncio.create_task(run(plan))
        for _ in range(300):  # technicians are logged in and the first words are said
            await asyncio.sleep(0.1)
            if records.count("chat_event") > before + 10:
                break
        await asyncio.to_thread(server.restart)
        return await playing

    figures = asyncio.run(scene())
    assert figures.good, (figures.failures, figures.stopped, figures.table())
    assert figures.messages == 8 * 17
    assert figures.reconnects


@pytest.mark.production
def test_both_sides_of_a_conversation_on_different_servers(server_factory: Callable[..., Server]) -> None:
    one = server_factory()
    two = server_factory(beside=one)
    plan = Plan(_many(5), [one.url, two.url], ["ana", "bo", "cy"], one.password, concurrency=10)
    figures = asyncio.run(run(plan))
    assert figures.good, (figures.failures, figures.stopped, figures.table())
