"""What is told about faults in a replay: computed from moments, and a run that shows nothing is none."""

from __future__ import annotations

from array import array
from typing import Any, cast

import pytest

from chat.replay.figures import Figures
from tests.faults.verifier import Outcome
from tests.load.replay.__main__ import main
from tests.load.replay.account import shortcomings
from tests.load.replay.course import AFTERMATH, Blow, Course, in_calm, longest_silence, slowest

BLOW = Blow("redis-flushed", began=10.0, mended=13.0, flowing=14.0)


def test_the_longest_silence_begins_with_the_last_message_before() -> None:
    assert longest_silence(array("d", [1.0, 9.5, 13.5, 20.0]), BLOW) == 4.0
    assert longest_silence(array("d"), BLOW) == 4.0


def test_the_slowest_message_was_on_its_way_meanwhile() -> None:
    figures = Figures(arrived_at=array("d", [9.0, 15.0, 30.0]), latency=array("d", [8.0, 2.0, 9.0]))
    assert slowest(figures, BLOW) == 2.0


def test_what_breaks_long_after_a_fault_is_not_explained_by_it() -> None:
    assert in_calm(array("d", [9.0, 11.0, 14.0 + AFTERMATH, 15.0 + AFTERMATH]), [BLOW]) == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"blows": []}, "before every fault was done"),
        ({"lost": {("c", "m")}}, "read back differs"),
        ({"stopped": "interrupted"}, "ended early: interrupted"),
        ({"failures": ["c-1: gone"]}, "c-1: gone"),
        ({"found": ["m"]}, "in the database differs"),
        ({"accepted": 0}, "1 messages were accepted, and 0 looked for"),
    ],
)
def test_a_run_that_shows_nothing_or_a_loss_says_so(change: dict[str, Any], why: str) -> None:
    figures = Figures(accepted_at=array("d", [1.0]), checked=True)
    course = Course(cast(Any, None), cast(Any, None), [BLOW.name], figures, [BLOW])
    outcome = Outcome(accepted=1)
    assert shortcomings(course, outcome) == []
    for name, value in change.items():
        if name == "blows":
            course.blows = value
        elif name in {"accepted", "found"}:
            setattr(outcome, {"found": "lost"}.get(name, name), value)
        else:
            setattr(figures, name, value)
    assert any(why in one for one in shortcomings(course, outcome))


@pytest.mark.parametrize(
    "wrong", [["--rounds", "0"], ["--faults", "rain"], ["--speed", "nan"], ["--minutes", "-1"]]
)
def test_mistyped_options_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["none.jsonl", *wrong])
    assert caught.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_a_missing_file_is_told_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["none.jsonl"]) == 1
    assert "cannot read none.jsonl" in capsys.readouterr().err
