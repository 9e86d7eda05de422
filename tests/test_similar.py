"""Past problems like the one somebody has now: what is found, in which order, for whom, and at what price."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.log.append import append
from chat.log.entries import Entry, Reopen, Resolve
from chat.models import Outcome, Problem
from chat.recall import embedding, index_search, similar, similar_known
from chat.recall.index import index_outcomes, rebuild
from chat.recall.index_search import (
    MOST_CANDIDATES,
    Scope,
    choose_keys,
    scope_of,
    words_query,
)
from chat.recall.similar import past_problems, search, similar_problems
from chat.recall.similar_known import known
from chat.recall.similar_text import essence, same_fix, words_of
from chat.serving.prepare import first_visit
from customers.models import Customer, Inbox
from tests.support.log import inbox as demo
from tests.support.log import technician
from tests.support.past import begun, helper, solve, solved, somebody

pytestmark = pytest.mark.django_db

SCAN = "PSC 2210v does not scan"
JAM = "Paper jams in the lower tray"


@pytest.fixture(autouse=True)
def by_words(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Also where embeddings are installed. How common words are is kept in the process: begin with nothing known."""
    monkeypatch.setattr(similar_known, "_known", {})
    with embedding.using("text"):
        yield


def found(text: str, *, person: Customer | None = None, inbox: Inbox | None = None, **more: Any) -> Any:
    people = frozenset({person.pk}) if person else frozenset()
    return similar_problems(search(text, inbox=(inbox or demo()).pk, person=people), **more)


def problems(*args: Any, **more: Any) -> list[str]:
    return [one["problem"] for one in found(*args, **more)]


def filler(many: int) -> None:
    """Other people's other problems."""
    for number in range(many):
        solved(f"The invoice of month {number} shows the wrong street", f"corrected record {number}")


def test_words_are_compared_without_case_accents_and_signs() -> None:
    assert words_of("Élan: my PSC-2210v DIDN'T scan!") == ["elan", "my", "psc", "2210v", "didnt", "scan"]
    assert words_of("Ask mara@mail.example or +46 8 123 456 78, case 1234567") == ["ask", "or", "case"]
    assert essence("Hello Ana, thanks!\nIt does not scan. Thank you!") == "It does not scan."
    assert essence("Hi there!") == ""
    assert same_fix("Install the patch, restart.") == same_fix("install the PATCH  –  restart")
    assert same_fix("Install the patch") != same_fix("Install the driver")
    assert same_fix(" … ") == ""


def test_the_most_alike_comes_first_and_the_unlike_not_at_all() -> None:
    filler(5)
    solved(JAM, "Clean the roller", said="the paper is stuck again and again")
    scan = solved(SCAN, "Install the patch", cause="Internet Explorer 7", applies_to="Windows XP")
    (first, *_) = found("my psc 2210v wont scan anymore")
    assert first == {
        "conversation": str(scan.conversation_id),
        "same_person": False,
        "problem": SCAN,
        "cause": "Internet Explorer 7",
        "fix": "Install the patch",
        "state": "unknown",
        "score": first["score"],
        "outcome": str(scan.pk),
        "count": 1,
        "held": 0,
    }
    assert 0.3 < first["score"] <= 1
    assert problems("the paper is stuck")[0] == JAM, "found by what the customer said"
    assert problems("scaning with my pcs 2210v")[0] == SCAN, "in spite of slips of the pen"
    assert problems("something about zebras") == []
    assert problems("Hello!") == problems("") == problems("12345678") == problems("?!") == []


def test_this_person_first_whatever_is_more_alike_elsewhere() -> None:
    mara = somebody("Mara")
    hers = solved("The scanner does nothing", "Restart it", customer=mara)
    solved("The scanner does not scan at all", "Install the patch")
    solved(JAM, "Clean the roller", customer=mara)
    first, second = found("The scanner does not scan at all", person=mara)
    assert (first["outcome"], first["same_person"]) == (str(hers.pk), True)
    assert (second["problem"], second["same_person"]) == ("The scanner does not scan at all", False)
    assert second["score"] > first["score"]


def test_the_same_fix_is_shown_once_with_what_became_of_it() -> None:
    for state in ("held", "held", "failed", "unknown"):
        solved(SCAN, "Install the patch; restart", state=state)
    reworded = solved(SCAN, "As last time", state="held", again=Outcome.objects.latest("at").pk)
    solved("PSC 2210v does not scan to a folder", "Share the folder")
    shown = {one["fix"]: (one["count"], one["held"]) for one in found(SCAN)}
    assert len(shown) == 2
    assert shown.pop("Share the folder") == (1, 0)
    assert list(shown.values()) == [(5, 3)], "also where it was said otherwise but meant the same"
    assert Problem.objects.get(outcome=reworded).fix == same_fix("Install the patch; restart")


def test_three_different_problems_rather_than_one_three_times() -> None:
    for number in range(6):
        solved(f"My card payment was declined today {number}")
    filler(12)
    solved("My card payment was charged twice")
    assert "My card payment was charged twice" in problems("my card payment was refused")[:3]


def test_of_a_conversation_only_the_newest_outcome_is_shown() -> None:
    talk = begun("it does not scan", somebody())
    solve(talk, Resolve(SCAN, fix="Restart it"))
    append([Entry(talk, technician("Ana"), Reopen())])
    newest = solve(talk, Resolve(SCAN, fix="Install the patch"))
    assert [one["outcome"] for one in found(SCAN)] == [str(newest.pk)]
    assert found(SCAN, exclude=talk) == []


def test_nothing_crosses_the_wall_of_a_separate_inbox() -> None:
    clinic = Inbox.objects.create(key="clinic", name="Clinic", separate=True)
    other = Inbox.objects.create(key="other", name="Other clinic", separate=True)
    shop = Inbox.objects.create(key="shop", name="Shop")
    inside = solved("The result of my blood test is missing", "Sent again", inbox=clinic, state="held")
    outside = solved("The result of my blood test is missing", "Sent again", inbox=shop)
    here, there = str(inside.conversation_id), str(outside.conversation_id)
    asked = "blood test result missing"
    assert [(one["conversation"], one["count"], one["held"]) for one in found(asked, inbox=clinic)] == [
        (here, 1, 1)
    ]
    assert [(one["conversation"], one["count"], one["held"]) for one in found(asked)] == [(there, 1, 0)]
    assert found(asked, inbox=other) == []
    mara = Customer.objects.get(conversations=inside.conversation_id)
    assert [one["conversation"] for one in found(asked, person=mara)] == [there], "not even her own"
    assert set(past_problems(search(asked, inbox=clinic.pk))) == {mara.pk}
    assert mara.pk not in past_problems(search(asked, inbox=demo().pk))
    Inbox.objects.filter(pk=clinic.pk).update(separate=False)
    assert {one["conversation"] for one in found(asked, limit=5)} <= {here, there}
    assert found(asked)[0]["count"] == 2, "at once, without a new index"


def test_past_problems_names_customers_for_recognition() -> None:
    mara, eve = somebody("Mara"), somebody("Eve")
    hers = solved(SCAN, "Install the patch", customer=mara)
    solved("PSC 2210v does not scan in colour", "Choose colour", customer=mara)
    solved(JAM, "Clean the roller", customer=eve)
    known_people = past_problems(search("my psc 2210v does not scan", inbox=demo().pk))
    assert list(known_people) == [mara.pk]
    likeness, when, problem = known_people[mara.pk]
    assert 0.3 < likeness <= 1
    assert (when, problem) == (hers.at, SCAN)


def test_the_index_is_written_with_the_outcome_or_not_at_all() -> None:
    talk = begun("it does not scan", somebody())
    with transaction.atomic():
        solve(talk, Resolve(SCAN))
        assert problems(SCAN) == [SCAN]
        transaction.set_rollback(True)
    assert (Outcome.objects.count(), Problem.objects.count()) == (0, 0)
    assert problems(SCAN) == []
    outcome = solve(talk, Resolve(SCAN))
    assert problems(SCAN) == [SCAN]
    outcome.delete()
    assert problems(SCAN) == []
    assert Problem.objects.count() == 0


def test_what_is_on_file_can_be_indexed_anew() -> None:
    filler(4)
    scan = solved(SCAN, "Install the patch")
    Problem.objects.all().delete()
    assert problems(SCAN) == []
    assert sum(rebuild()) == 5
    assert problems(SCAN) == [SCAN]
    assert sum(rebuild()) == 0
    Outcome.objects.filter(pk=scan.pk).update(problem=JAM)
    assert sum(rebuild(all_of_them=True)) == 5
    assert (problems(SCAN), problems(JAM)) == ([], [JAM])


def test_the_number_of_queries_does_not_grow() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert found(SCAN)
        return len(seen)

    solved(SCAN, "Install the patch")
    found(SCAN)
    few = queries()
    for number in range(40):
        solved(f"{SCAN} to {number}", f"Fix {number}")
    assert queries() == few
    assert few <= 7


def test_candidates_are_bounded_and_come_from_the_index() -> None:
    talk, ana, at = begun("x", somebody()), helper(), datetime.now(UTC)
    for start in range(0, 3000, 500):
        texts = [f"the printer number {start + place} is broken" for place in range(500)]
        outcomes = [Outcome(conversation_id=talk, problem=text, confirmed_by_id=ana, at=at) for text in texts]
        Outcome.objects.bulk_create(outcomes)
        index_outcomes([one.pk for one in outcomes])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            # A table of this size is read as fast without any index.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    counted = known()
    everywhere = Scope(None)
    assert len(index_search.find_candidates(words_of("the printer is broken"), everywhere, counted)) == (
        MOST_CANDIDATES
    )
    keys = choose_keys(["numbe", "1234"], counted)
    assert keys[0] == "1234", "the rarest word first"
    assert "chat_problem_words" in plan(*words_query(["1234"], everywhere, counted))
    assert "chat_problem_words" in plan(*words_query(["1234"], Scope(demo().pk), counted))


def test_common_words_are_left_out_where_rare_ones_say_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        solved(f"printer {'smokes' if number == 3 else 'hums'} {number}")
    monkeypatch.setattr(index_search, "BUDGET", 3)
    counted = known()
    assert choose_keys(["print", "smoke"], counted) == ["smoke"]
    assert choose_keys(["print"], counted) == ["print"], "at least one"
    assert choose_keys([], counted) == []


@pytest.mark.parametrize("slip", ["fotosmart", "potosmart", "phtoosmart"])
def test_a_word_that_nobody_wrote_is_looked_up_by_those_like_it(slip: str) -> None:
    solved("The photosmart complains")
    assert problems(slip) == ["The photosmart complains"]


def test_what_is_like_no_known_word_finds_nothing() -> None:
    solved("The photosmart complains")
    assert known().meant(["photocopier", "smart", "psc"]) == []
    assert problems("zzzzzzz") == []


def test_only_some_unknown_words_of_a_question_are_looked_up() -> None:
    solved("The photosmart complains about scanning again")
    slips = ["fotosmart", "fotosmart", "komplains", "abuot", "sanning"]  # what is said twice counts once
    assert known().meant(slips) == ["photosmart", "complains", "about"]


def test_numpy_is_not_imported_without_the_extra() -> None:
    solved(SCAN)
    assert problems(SCAN) == [SCAN]
    assert scope_of(demo().pk) == Scope(None)
    if not embedding.installed():
        assert "numpy" not in sys.modules


def plan(statement: str, parameters: list[Any]) -> str:
    """How the database would go about it."""
    word = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{word} {statement}", parameters)
        return "\n".join(str(row) for row in cursor.fetchall())


def test_what_is_common_is_counted_over_all_that_is_on_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar_known, "AT_FIRST", 4)
    for problem in (SCAN, JAM):
        for number in range(10):
            solved(f"{problem} {number}", f"Fix {problem} {number}")
    counted = similar_known.known()
    assert 4 <= counted.rows <= 5
    assert 0 < counted.share("scan") < 1, "of the older half too"
    assert 0 < counted.share("paper") < 1, "and of the newer"
    before = counted.rows
    solved(SCAN, "one more")
    similar_known.known()
    assert counted.rows == before + 1


def test_a_process_that_begins_to_serve_has_read_them(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)  # with it would go what this test has written
    solved(SCAN, "Hold OK while switching on")
    first_visit()
    with django_assert_num_queries(1):
        assert similar_known.known().rows == 1


def test_results_are_told_apart_as_if_each_were_held_against_all_above_it() -> None:
    for number in range(25):
        solved(f"{SCAN if number % 2 else JAM} {number % 7}", f"Fix {number}")
    ranking = search(f"{SCAN} 3", inbox=demo().pk).ranking
    left = {match: match.score for match in ranking.matches}
    expected = []
    while left:
        expected.append(best := max(left, key=left.__getitem__))
        del left[best]
        left = {one: min(score, one.score - ranking.repetition(best, one)) for one, score in left.items()}
    assert len(expected) > 10
    assert list(similar._told_apart(ranking.matches, ranking)) == expected
    assert expected != ranking.matches, "what repeats stands further down"
