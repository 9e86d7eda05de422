"""The programs around similar problems: measuring on questions of known classes, indexing what is on file."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from chat.models import Problem
from chat.recall import embedding, pending
from chat.recall.similar import search, similar_problems
from chat.recall.trial import Asked, TrialError, hold_out, read_questions
from tests.support.log import inbox
from tests.support.past import solved

KINDS = {
    "scan": "the scanner {} when I scan a page",
    "jam": "paper {} and gets stuck in the tray",
    "bill": "my invoice {} and the amount is wrong",
}
WAYS = (
    "stops",
    "halts",
    "fails",
    "complains",
    "blinks",
    "waits",
    "is slow",
    "breaks",
    "gives up",
    "is silent",
)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Thirty questions in three classes."""
    rows = [f'"{text.format(way)}",{kind}' for kind, text in KINDS.items() for way in WAYS]
    path = tmp_path / "questions.csv"
    path.write_text("text,category\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def bench(*arguments: object) -> str:
    out = io.StringIO()
    call_command("bench_recall", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_it_measures_in_a_database_of_its_own(questions: Path) -> None:
    mine = solved("a real problem of a real person")
    name = connection.settings_dict["NAME"]
    said = bench(questions, "--with", "text")
    assert "24 past problems on file" in said
    assert "6 asked" in said
    assert re.search(r"text +1\.0000 \(6\) +1\.0000 \(6\) +[\d.]+ ms +[\d.]+ ms", said), said
    assert connection.settings_dict["NAME"] == name
    assert list(Problem.objects.values_list("outcome", flat=True)) == [mine.pk], "nothing of it is here"


@pytest.mark.django_db(transaction=True)
def test_a_file_of_its_own_may_be_asked(questions: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text("category,text\nscan,scanner stopped\nbill,about zebras\n")
    said = bench(questions, asked, "--with", "text")
    assert "30 past problems on file" in said
    assert re.search(r"0\.5000 \(1\) +0\.5000 \(1\)", said), "a wrong class counts as wrong"


def test_the_held_out_part_is_the_same_for_the_same_seed() -> None:
    many = [Asked(str(number), "x") for number in range(50)]
    on_file, asked = hold_out(many, 0.2, 1)
    assert len(asked) == 10
    assert {one.text for one in on_file} | {one.text for one in asked} == {one.text for one in many}
    assert hold_out(many, 0.2, 1) == (on_file, asked)
    assert hold_out(many, 0.2, 2) != (on_file, asked)
    with pytest.raises(TrialError):
        hold_out(many[:1], 0.2, 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column category or text"),
        (b"text,kind\na,b\n", "no column category"),
        (b"text,category\n", "no rows"),
        (b"text,category\nok,x\n,y\n", "line 3: a row needs a text and a category"),
        (b"text,category\nonly\n", "line 2: a row needs"),
        (b"text,category\n\xff\xfe,x\n", "not text in UTF-8"),
        (b'text,category\n"never closed,x\n', "not CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(TrialError, match=re.escape(words)) as refused:
        read_questions(path)
    assert str(refused.value).startswith(str(path))


def test_a_file_that_is_not_there_ends_the_program_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv: No such file or directory"):
        bench(tmp_path / "nowhere.csv", "--with", "text")


def test_embeddings_that_are_not_installed_are_said_to_be_so(
    questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "installed", lambda: False)
    assert embedding.way() == "text"
    with pytest.raises(CommandError, match="make similar"):
        bench(questions, "--with", "both")


@pytest.mark.django_db
def test_what_is_not_indexed_yet_is_indexed_by_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "installed", lambda: False)
    solved("the printer hums")
    Problem.objects.all().delete()
    out = io.StringIO()
    call_command("index_problems", stdout=out)
    assert out.getvalue() == "1 past problems indexed, 0 embeddings made.\n"
    assert similar_problems(search("printer hums", inbox=inbox().pk))
    call_command("index_problems", "--all", stdout=out)
    assert Problem.objects.count() == 1


@pytest.mark.django_db
def test_the_worker_indexes_what_is_on_file_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "installed", lambda: False)
    monkeypatch.setattr(pending, "_indexed", set())
    solved("the printer hums")
    solved("the paper jams")
    Problem.objects.all().delete()
    assert not pending.index_pending(lambda: False), "nothing is left"
    assert Problem.objects.count() == 2
