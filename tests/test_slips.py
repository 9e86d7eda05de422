"""What was probably meant by a mistyped word: the same as if every known word were looked at."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from rapidfuzz import process
from rapidfuzz.distance import OSA

from chat.recall import slips
from chat.recall.slips import MOST_MEANT, SLIP, Words

word = some.text("abcn", min_size=1, max_size=14)


def all_looked_at(known: list[str], one: str) -> list[str]:
    found = process.extract(one, known, scorer=OSA.normalized_similarity, score_cutoff=SLIP, limit=MOST_MEANT)
    return [like for like, _, _ in found]


def mistyped(right: str, draw: random.Random) -> str:
    """One to three slips: a letter left out, doubled, changed, or two that have changed places."""
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(right) + 1)
        before, here, after = right[:at], right[at : at + 1], right[at + 1 :]
        right = draw.choice(
            (
                before + after,
                before + here + here + after,
                f"{before}x{after}",
                before + after[:1] + here + after[1:],
            )
        )
    return right or "x"


@settings(deadline=None, max_examples=300)
@given(known=some.lists(word, unique=True, max_size=60), seed=some.integers(0, 10_000))
def test_what_is_not_looked_at_would_not_have_been_found(known: list[str], seed: int) -> None:
    words, draw = Words(1_000), random.Random(seed)
    words.add(known)
    for right in known:
        wrong = mistyped(right, draw)
        assert words.like(wrong) == all_looked_at(known, wrong)


def test_a_filter_that_is_too_fine_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant takes each slip to spoil one pair, and loses letters that have changed places."""
    known = ["printer", "photosmart"]
    words = Words(10)
    words.add(known)
    assert words.like("prniter") == ["printer"]
    assert words.like("pohtosmrat") == ["photosmart"]
    monkeypatch.setattr(slips, "_shared", lambda length: length + 1 - length // 4)
    assert words.like("pohtosmrat") == []


def test_few_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(1)
    words = Words(10_000)
    words.add(
        "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(4, 10))) for _ in range(5_000)
    )
    words.add(["photosmart"])
    looked_at: list[int] = []

    whole = process.extract

    def extract(one: str, near: list[str], **how: object) -> object:
        looked_at.append(len(near))
        return whole(one, near, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(process, "extract", extract)
    assert words.like("photosmrt") == ["photosmart"]
    assert 0 < sum(looked_at) < 500


def test_no_more_are_known_than_there_is_room_for() -> None:
    words = Words(2)
    words.add(["printer", "scanner", "printer", "monitor"])
    assert len(words) == 2
    assert words.like("printer") == ["printer"]
    assert words.like("monitor") == []
