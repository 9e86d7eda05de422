"""Recorded conversations go on through nginx while all that they stand on fails in turn, and nothing is lost.

At full length, with a file of one's own: `python -m tests.load.replay FILE` (docs/replay.md).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chat.replay import link, view
from tests.fixtures import RECORDING
from tests.load.replay import __main__ as program
from tests.load.replay.faults import FAULTS

pytestmark = [pytest.mark.production, pytest.mark.soak]

TALKS = 60  # each of the five recorded ones so many times, by other people
SLOWLY = "30"  # pauses of two minutes become four seconds: long enough to be met by a fault


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "BACKOFF_LONGEST", 2.0)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """The recording so many times over."""
    file = tmp_path / "many.jsonl"
    talks = [json.loads(line) for line in RECORDING.read_text().splitlines()]
    with file.open("w") as out:
        for number in range(TALKS):
            for talk in talks:
                again = {"id": f"{talk['id']}-{number}", "customer": f"{talk['customer']} {number}"}
                out.write(json.dumps(talk | again) + "\n")
    return file


@pytest.mark.parametrize("way", ["--together", "--apart"])
def test_everything_fails_in_turn_and_nothing_is_lost(
    recording: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--rounds", "1", "--speed", SLOWLY, "--concurrency", "30", "--minutes", "10"]
    status = program.main([str(recording), *options, *(["--apart"] if way == "--apart" else [])])
    told = capsys.readouterr()
    print(told.out)
    assert (status, told.err) == (0, "")
    assert told.out.count("| 1 of 1 |") == len(FAULTS)
    assert f"| {TALKS * 5:,}, {TALKS * 17:,} " in told.out


def test_servers_that_accept_before_the_commit_are_found_out(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(view, "NUDGES", 4)  # what is lost never comes
    options = ["--faults", "process-killed,database-killed", "--rounds", "3", "--minutes", "5"]
    options += ["--conversations", "120", "--concurrency", "20", "--spoilt", "mutants.accept_long_first"]
    status = program.main([str(recording), *options])
    told = capsys.readouterr()
    print(told.out)
    assert status == 1
    assert "what is in the database differs from what was accepted" in told.err
