"""Who on file may be the one who writes: what agrees, what is said about it, and who is never suggested."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Identifier, Inbox, Link, MatchKey, Profile, Proof, Token, Verdict
from customers.recognition import (
    Evidence,
    PastProblem,
    Suggestion,
    as_compared,
    fitted,
    forget,
    record_traits,
    refresh,
    suggest,
)
from customers.recognition.keys import catch_up, rebuild
from customers.recognition.weights import Marks, Table
from customers.services.claims import record_claims

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
OTHERS = (
    "Ellen Fisher/Ashfield",
    "Peter Novak/Glenrock",
    "James Fisher/Ashfield",
    "Rosa Delgado/Mill Hill",
    "Tom Baxter/Weston",
    "Ingrid Olsen/Harbour View",
    "Paul Martin/Glenrock",
    "Agnes Weber/Weston",
    "Hugo Laurent/Mill Hill",
    "James Carter/Oakfield",
)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox.objects.create(name="Printers")


def on_file(inbox: Inbox, name: str = "", *, proof: str = "claimed", **known: str) -> Customer:
    """A customer as a chat leaves them: claims, traits, keys."""
    customer = Customer.objects.create(inbox=inbox, created_at=NOW - timedelta(days=120))
    claims = {k: v for k, v in known.items() if k in {"email", "phone", "serial", "order"}}
    record_claims(customer=customer, claims={**claims, **({"name": name} if name else {})}, at=NOW)
    Identifier.objects.filter(customer=customer).update(proof=proof)
    traits = {k: v for k, v in known.items() if k not in claims}
    record_traits(customer, traits, at=NOW - timedelta(days=120))
    catch_up()
    return customer


def crowd(inbox: Inbox) -> None:
    for line in OTHERS:
        name, place = line.split("/")
        on_file(inbox, name, place=place)


def asked(inbox: Inbox, **known: Any) -> list[Suggestion]:
    exclude = known.pop("exclude", frozenset())
    traits: dict[str, str] = {
        k: known.pop(k) for k in ("place", "product", "model", "browser", "network") if k in known
    }
    evidence = Evidence(traits=as_compared(traits), **known)
    return suggest(evidence, exclude=exclude, inbox=inbox, at=NOW)


def test_the_right_one_is_found_through_slips_in_everything(inbox: Inbox) -> None:
    crowd(inbox)
    mara = on_file(inbox, "Mara Lindqvist", place="North Croydon", model="PSC 2210v")
    found = asked(inbox, names=("Marra Linqvist",), place="Croydon Noth")
    assert found[0].customer == mara.id
    assert found[0].level == "likely"
    assert found[0].comparisons["given"] == "slip"
    assert found[0].comparisons["family"] == "slip"


def test_names_in_the_other_order_are_the_same_names(inbox: Inbox) -> None:
    crowd(inbox)
    mara = on_file(inbox, "Mara Lindqvist", place="Croydon")
    found = asked(inbox, names=("Lindqvist Mara",), place="Croydon")
    assert found[0].customer == mara.id
    assert found[0].comparisons["order"] == "swapped"
    assert "first and family name were exchanged" in found[0].reasons


def test_a_short_form_is_told_as_one(inbox: Inbox) -> None:
    crowd(inbox)
    margaret = on_file(inbox, "Margaret Lindqvist", place="Croydon")
    found = asked(inbox, names=("Peggy Lindqvist",))
    assert found[0].customer == margaret.id
    assert found[0].comparisons["given"] == "nickname"
    assert "first name may be short for Margaret" in found[0].reasons


def test_a_rare_name_says_more_than_a_common_one(inbox: Inbox) -> None:
    crowd(inbox)
    for number in range(30):
        on_file(
            inbox,
            f"{['Anna', 'Karl', 'Lena', 'Otto', 'Nils', 'Vera'][number % 6]} Fisher",
            place=f"Place {number}",
        )
    on_file(inbox, "Gustav Lindqvist", place="Croydon")
    common = asked(inbox, names=("Zoltan Fisher",))
    rare = asked(inbox, names=("Zoltan Lindqvist",))
    assert rare[0].score > 3 * max((one.score for one in common), default=0.0)


def test_product_wording_and_a_first_name_suffice_to_be_suggested(inbox: Inbox) -> None:
    crowd(inbox)
    mara = on_file(inbox, "Mara Lindqvist", model="PSC 2210v", place="Croydon")
    other = on_file(inbox, "Hugo Brandt", model="PSC 2210v", place="Weston")
    problems = {mara.id: PastProblem(0.8, "PSC 2210v does not scan", NOW - timedelta(days=120))}
    found = asked(inbox, names=("Mara",), model="PSC 2210v", problems=problems)
    assert found[0].customer == mara.id
    assert {"same first name: Mara", "same model: psc 2210v"} <= set(found[0].reasons)
    assert "asked about the same before: PSC 2210v does not scan" in found[0].reasons
    assert all(one.score < found[0].score for one in found if one.customer == other.id)


@pytest.mark.parametrize(
    ("kind", "typed", "given"),
    [
        ("email", "mara@old.example", {"emails": ("mara@old.example",)}),
        ("phone", "+46 70 123 45 67", {"phones": ("+46701234567",)}),
        ("serial", "CN-42K7", {"serials": ("CN42K7",)}),
        ("order", "2026-00815", {"orders": ("202600815",)}),
    ],
)
def test_an_exact_old_identifier_is_likely_and_still_only_a_claim(
    inbox: Inbox, kind: str, typed: str, given: dict[str, tuple[str, ...]]
) -> None:
    crowd(inbox)
    mara = on_file(inbox, "Mara Lindqvist", **{kind: typed})
    found = asked(inbox, names=("Mara L",), **given)
    assert (found[0].customer, found[0].level, found[0].strong) == (mara.id, "likely", False)
    assert found[0].score < 1
    assert not Link.objects.exists()


def test_an_address_of_a_whole_office_says_less(inbox: Inbox) -> None:
    crowd(inbox)
    for number in range(12):
        on_file(
            inbox, f"{'ABCDEFGHIJKL'[number]}dam Berg{'abcdefghijkl'[number]}", email="office@firm.example"
        )
    found = asked(inbox, emails=("office@firm.example",))
    assert found
    assert all(one.level == "possible" for one in found)


def test_a_mailbox_proven_here_makes_a_typed_one_strong(inbox: Inbox) -> None:
    crowd(inbox)
    mara = on_file(inbox, "Mara Lindqvist", email="mara@old.example")
    found = asked(inbox, names=("M",), proven=frozenset({"mara@old.example"}))
    assert (found[0].customer, found[0].strong, found[0].level) == (mara.id, True, "likely")
    assert found[0].reasons[0].startswith("has proven a mailbox")
    Identifier.objects.filter(customer=mara).update(proof=Proof.PROVEN)
    assert not asked(inbox, names=("M",), proven=frozenset({"mara@old.example"}))[0].strong


def test_a_stranger_gets_nobody_likely(inbox: Inbox) -> None:
    crowd(inbox)
    on_file(inbox, "Mara Lindqvist", place="Croydon")
    assert all(one.level == "possible" for one in asked(inbox, names=("Mara Fisher",), place="Weston"))
    assert asked(inbox, names=("Qadir Xhosa",), place="Nowhere Else") == []


def test_nothing_to_compare_asks_the_database_nothing(inbox: Inbox) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert asked(inbox, browser="Firefox") == []
    assert len(queries) == 0


def test_nothing_crosses_into_or_out_of_a_separate_inbox(inbox: Inbox) -> None:
    alone = Inbox.objects.create(name="Clinic", separate=True)
    beside = Inbox.objects.create(name="Scanners")
    for home in (inbox, alone):
        on_file(home, "Mara Lindqvist", email="mara@old.example", place="Croydon")
    given = {"names": ("Mara Lindqvist",), "emails": ("mara@old.example",), "place": "Croydon"}
    homes = {
        asker.name: {Customer.objects.get(pk=one.customer).inbox_id for one in asked(asker, **given)}
        for asker in (inbox, alone, beside)
    }
    assert homes == {"Printers": {inbox.id}, "Clinic": {alone.id}, "Scanners": {inbox.id}}


def test_who_was_refused_or_is_left_out_is_not_suggested_again(inbox: Inbox) -> None:
    crowd(inbox)
    mara = on_file(inbox, "Mara Lindqvist", place="Croydon")
    again = Customer.objects.create(inbox=inbox, created_at=NOW)
    given = {"names": ("Mara Lindqvist",), "place": "Croydon", "customer": again.id}
    assert asked(inbox, **given)[0].customer == mara.id
    assert mara.id not in {one.customer for one in asked(inbox, exclude=frozenset({mara.id}), **given)}
    Verdict.objects.create(customer=again, candidate=mara, same=False, at=NOW)
    assert mara.id not in {one.customer for one in asked(inbox, **given)}


def test_one_person_is_suggested_once(inbox: Inbox) -> None:
    crowd(inbox)
    first, second = (on_file(inbox, "Mara Lindqvist", place="Croydon") for _ in range(2))
    given = {"names": ("Mara Lindqvist",), "place": "Croydon"}
    apart = asked(inbox, **given)
    assert {one.customer for one in apart[:2]} == {first.id, second.id}
    assert apart[0].score < 0.6, "either of two is at best even"
    Link.objects.create(a=first, b=second, reason="the same", proof=Proof.VOUCHED, at=NOW - timedelta(days=1))
    together = asked(inbox, **given)
    assert len({one.customer for one in together} & {first.id, second.id}) == 1
    assert together[0].level == "likely"


def test_keys_follow_what_is_on_file(inbox: Inbox) -> None:
    mara = on_file(inbox, "Mara Lindqvist", place="Croydon")
    assert asked(inbox, names=("Mara Lindqvist",))[0].customer == mara.id
    mara.name = "Mara Holm"
    mara.save()
    refresh([mara.id])
    assert asked(inbox, names=("Mara Holm",))[0].customer == mara.id
    assert not Token.objects.filter(text="lindqvist").exists(), "a word that nobody has is gone"
    before = (
        list(MatchKey.objects.values_list("key").order_by("key")),
        list(Token.objects.values("text", "count")),
    )
    refresh([mara.id])
    rebuild()
    after = (
        list(MatchKey.objects.values_list("key").order_by("key")),
        list(Token.objects.values("text", "count")),
    )
    assert before == after
    forget(mara.id)
    assert [model.objects.count() for model in (Profile, MatchKey, Token)] == [0, 0, 0]


def test_counts_are_right_whatever_the_order(inbox: Inbox) -> None:
    people = [on_file(inbox, f"Mara {family}", place="Croydon") for family in ("Holm", "Berg", "Holm")]
    assert Token.objects.get(kind="family", text="holm").count == 2
    assert Token.objects.get(kind="place", text="croydon").count == 3
    forget(people[0].id)
    assert Token.objects.get(kind="family", text="holm").count == 1


def test_the_number_of_queries_does_not_grow(inbox: Inbox) -> None:
    crowd(inbox)
    given = {"names": ("Mara Lindqvist",), "place": "Croydon", "emails": ("mara@old.example",)}
    on_file(inbox, "Mara Lindqvist", place="Croydon", email="mara@old.example")
    with CaptureQueriesContext(connection) as few:
        asked(inbox, **given)
    for number in range(60):
        on_file(
            inbox,
            f"Mara Lindqvist{chr(97 + number % 26)}",
            place="Croydon",
            email=f"mara{number}@old.example",
        )
    with CaptureQueriesContext(connection) as many:
        asked(inbox, **given)
    assert len(many) <= len(few) <= 20
    assert not any("SCAN customers_matchkey" in plan for plan in _plans(many))


def _plans(queries: CaptureQueriesContext) -> list[str]:
    if connection.vendor != "sqlite":
        return []
    found: list[str] = []
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            if "matchkey" in query["sql"]:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                found.extend(str(row[-1]) for row in cursor.fetchall())
    assert found
    return found


def test_fitted_weights_are_used_and_taken_back(inbox: Inbox) -> None:
    crowd(inbox)
    on_file(inbox, "Mara Lindqvist", place="Croydon")
    before = asked(inbox, names=("Mara Lindqvist",), place="Croydon")[0]
    assert before.level == "likely"
    fitted.keep(Table(marks=Marks(likely=0.9999999)), source="a test", at=NOW)
    assert asked(inbox, names=("Mara Lindqvist",), place="Croydon")[0].level == "possible"
    assert fitted.undo(at=NOW) is not None
    assert asked(inbox, names=("Mara Lindqvist",), place="Croydon")[0] == before
    assert fitted.undo(at=NOW) is None


def test_a_profile_holds_nothing_but_what_is_compared(inbox: Inbox) -> None:
    mara = on_file(inbox, "Mara Lindqvist", place="Croydon", email="Mara@Old.example")
    facts = Profile.objects.get(customer=mara).facts
    assert json.loads(json.dumps(facts)) == {
        "name": ["Mara Lindqvist"],
        "email": ["mara@old.example"],
        "place": ["croydon"],
        "seen": ["2026-03-16"],
    }
