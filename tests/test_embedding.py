"""Sentence embeddings. These tests run where the extra is installed: `make similar`, then this file."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from chat.models import Problem, ProblemVector
from chat.recall import embedding
from chat.recall.similar import search, similar_problems
from customers.models import Inbox
from tests.support.log import inbox
from tests.support.past import solved, somebody

pytestmark = [pytest.mark.similar, pytest.mark.django_db]


def found(text: str, place: Inbox | None = None) -> list[str]:
    return [one["problem"] for one in similar_problems(search(text, inbox=(place or inbox()).pk))]


def test_the_same_meaning_in_other_words_is_found() -> None:
    solved("I have forgotten my password")
    solved("The paper jams in the lower tray")
    while embedding.make_vectors():
        pass
    assert ProblemVector.objects.count() == Problem.objects.count() == 2
    with embedding.using("embedding"):
        assert found("cannot remember which secret I chose for the log-in")[:1] == [
            "I have forgotten my password"
        ]
        assert found("sheets get stuck inside the machine")[:1] == ["The paper jams in the lower tray"]
    with embedding.using("text"):
        assert found("sheets get stuck inside the machine") == []


def test_a_problem_without_a_vector_is_found_by_its_words_until_the_worker_comes() -> None:
    solved("The paper jams in the lower tray")
    with embedding.using("embedding"):
        assert found("paper jams in the tray") == ["The paper jams in the lower tray"]
        assert found("sheets get stuck inside the machine") == []
        embedding.make_vectors()
        assert found("sheets get stuck inside the machine") == ["The paper jams in the lower tray"]


def test_the_wall_of_a_separate_inbox_holds_for_meaning_too() -> None:
    clinic = Inbox.objects.create(key="clinic", name="Clinic", separate=True)
    solved("The result of my blood test is missing", customer=somebody(inbox=clinic))
    while embedding.make_vectors():
        pass
    with embedding.using("embedding"):
        assert found("where are my laboratory findings", clinic) == ["The result of my blood test is missing"]
        assert found("where are my laboratory findings") == []


def test_the_model_is_the_one_it_should_be() -> None:
    """Another result means that the weights, or how they are used, have changed: then MODEL must change too."""
    one, same, other = (
        embedding.Meaning(text)._asked
        for text in (
            "How do I reset my password?",
            "I forgot my passcode, how can I change it?",
            "The paper jams",
        )
    )
    assert one @ one == pytest.approx(1, abs=0.01)
    assert one @ same == pytest.approx(0.658, abs=0.01)
    assert one @ other == pytest.approx(0.018, abs=0.01)
    assert embedding.vector_of("") != embedding.vector_of("你好 🖨 naïve $5")


def test_many_texts_at_once_mean_the_same_as_one_by_one() -> None:
    texts = [f"printer {'very ' * n}slow" for n in range(40)]
    together = embedding._model().vectors(texts).astype("f4")
    for place in (0, 7, 39):
        alone = embedding._model().vectors([texts[place]])[0].astype("f4")
        assert together[place] @ alone == pytest.approx(1, abs=0.005)


@pytest.mark.django_db(transaction=True)
def test_it_is_measured_beside_the_text_search(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    rows = [f"the scanner stops {n},scan\nmy invoice is wrong {n},bill" for n in range(10)]
    path.write_text("text,category\n" + "\n".join(rows) + "\n")
    out = io.StringIO()
    call_command("bench_recall", str(path), "--with", "both", stdout=out)
    assert "text " in out.getvalue()
    assert "embedding " in out.getvalue()
    assert "numpy" in sys.modules
