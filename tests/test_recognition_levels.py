"""Levels of agreement, readings of names, the table of weights and its fitting; nothing from a database."""

from __future__ import annotations

from uuid import uuid4

import pytest

from customers.environment import Surroundings
from customers.recognition.evidence import Evidence
from customers.recognition.fingerprints import keys_of, spellings
from customers.recognition.fitting import TooFew, fit_from_pairs, fit_from_verdicts
from customers.recognition.levels import (
    code_level,
    email_level,
    given_level,
    phone_level,
    place_level,
    product_level,
    word_level,
)
from customers.recognition.names import fold, readings
from customers.recognition.traits import network_of, traits_of
from customers.recognition.weights import DEFAULTS, Table


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("lindqvist", "lindqvist", "same"),
        ("lindqvist", "linqvist", "slip"),
        ("lindqvist", "lindqvsit", "slip"),
        ("meyer", "mair", "sounds"),
        ("philips", "filipps", "sounds"),
        ("alexander", "alexndxr", "close"),
        ("mara", "peter", "different"),
    ],
)
def test_words(a: str, b: str, level: str) -> None:
    assert word_level(a, b) == level


def test_short_forms_go_both_ways_and_through_a_third() -> None:
    assert given_level("bill", "william") == given_level("william", "bill") == "nickname"
    assert given_level("bill", "willy") == "nickname"
    assert given_level("bill", "hugo") == "different"


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("north croydon", "croydon north", "slip"),
        ("northcroydon", "croydon north", "slip"),
        ("park ictoria", "victoria park", "slip"),
        ("wagg wagg", "wagga wagga", "close"),
        ("glenrock", "weston", "different"),
    ],
)
def test_places(a: str, b: str, level: str) -> None:
    assert place_level(a, b) == level


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("+46701234567", "0701234567", "slip"),
        ("+61391633207", "0391633207", "slip"),
        ("0391633207", "0391633207", "same"),
        ("0391633207", "91633207", "same"),
        ("0391633207", "0391633270", "slip"),
        ("0391633207", "3207", "end"),
        ("0391633207", "0244120985", "different"),
    ],
)
def test_phones(a: str, b: str, level: str) -> None:
    assert phone_level(a, b) == level


def test_addresses_and_numbers() -> None:
    assert email_level("m.lind@a.example", "m.lind@a.example") == "same"
    assert email_level("m.lind@a.example", "mlind77@b.example") == "local"
    assert email_level("m.lind@a.example", "m.lnd@a.example") == "slip"
    assert email_level("m.lind@a.example", "rosa@a.example") == "domain"
    assert email_level("m.lind@a.example", "rosa@b.example") == "different"
    assert code_level("CN42K7XX", "CN42K7XX") == "same"
    assert code_level("CN42K7XX", "CN42K7XY") == "slip"
    assert code_level("CN42K7XX", "K7XX") == "end"
    assert code_level("CN42K7XX", "AB31C9ZZ") == "different"
    assert product_level("hp psc 2210v", "psc 2210v") == "part"


def test_names_are_read_in_every_way_they_may_be_meant() -> None:
    assert readings("Mara Lindqvist") == (("mara", "lindqvist"),)
    assert readings("Lindqvist, Mara")[0] == ("mara", "lindqvist")
    assert readings("Dr. Ana van der Berg")[0] == ("ana", "vanderberg")
    assert readings("Mara") == (("mara", ""), ("", "mara"))
    assert ("alexander", "adriaens") in readings("alexander adri aens")
    assert readings("  ") == readings("!?") == ()
    assert fold("Ångström-O’Dwyer ß") == "angstrom odwyer ss"


def test_a_misspelt_word_shares_a_key_with_the_right_one() -> None:
    for wrong in ("linqvist", "lindqvvist", "lidnqvist", "lintqvist", "lindkvist", "lndqvst"):
        assert spellings("family", wrong) & spellings("family", "lindqvist"), wrong
    assert not spellings("family", "weber") & spellings("family", "lindqvist")


def test_keys_are_few_and_always_the_same() -> None:
    facts = {
        "name": ["Mara Lindqvist"],
        "place": ["croydon"],
        "model": ["psc 2210v"],
        "phone": ["+46701234567"],
    }
    assert keys_of(facts) == keys_of(dict(facts))
    assert len(keys_of(facts)) < 30
    crowded = {kind: [f"{kind} {n}" for n in range(5)] for kind in ("place", "product", "model")}
    assert len(keys_of({"name": ["A B C D E F G"], **crowded})) <= 60


def test_every_level_that_can_come_out_stands_in_the_table() -> None:
    for comparison, levels in DEFAULTS.items():
        assert all(0 < m < 1 and 0 < u < 1 for m, u in levels.values()), comparison
        assert 0.9 <= sum(m for m, _ in levels.values()) <= 1.1, comparison
        assert 0.9 <= sum(u for _, u in levels.values()) <= 1.1, comparison
        weights = [m / u for m, u in levels.values()]
        assert weights[-1] == min(weights), f"{comparison}: the last level speaks least for it"


def test_a_table_is_read_back_and_nonsense_is_refused() -> None:
    assert Table.from_json(Table().as_json()) == Table.from_json({})
    for wrong in (
        {"levels": {"shoe": {"same": [0.5, 0.1]}}},
        {"levels": {"given": {"odd": [0.5, 0.1]}}},
        {"levels": {"given": {"same": [0.5, 0]}}},
        {"levels": {"given": {"same": 3}}},
        {"levels": 7},
        {"marks": {"likely": 2}},
        {"marks": {"sure": 0.5}},
    ):
        with pytest.raises(ValueError):
            Table.from_json(wrong)


def test_fitting_by_counting_follows_the_records() -> None:
    families = [
        f"{a}{b}{c}"
        for a in ("lin", "ber", "hol", "sund")
        for b in ("q", "st", "m")
        for c in ("vist", "ander", "en")
    ]
    people = [
        (Evidence(names=(f"Mara {family}",)), [Evidence(names=(f"Mara {family if n % 4 else 'Other'}",))])
        for n, family in enumerate(families)
    ]
    m, u = fit_from_pairs(people, Table()).levels["family"]["same"]
    assert 0.65 < m < 0.8
    assert u < 0.05
    with pytest.raises(TooFew):
        fit_from_pairs(people[:3], Table())


def test_fitting_by_verdicts_moves_what_parts_right_from_wrong_and_leaves_the_rest() -> None:
    told = [({"model": "same", "given": "same"}, False)] * 40 + [
        ({"model": "different", "given": "same"}, True)
    ] * 40
    table = fit_from_verdicts(told, Table())
    assert table.bits("model", "same") < Table().bits("model", "same") - 0.5
    assert table.bits("model", "different") > Table().bits("model", "different") + 0.5
    assert table.levels["phone"] == DEFAULTS["phone"]
    with pytest.raises(TooFew, match="0 refused"):
        fit_from_verdicts([row for row in told if row[1]], Table())


def test_an_environment_gives_traits_and_no_address() -> None:
    now = Surroundings(
        browser="Firefox 3.0", os="Windows XP", extra={"city": "Ashfield", "model": "PSC 2210v"}
    )
    found = traits_of(now, "203.0.113.7")
    assert (found["browser"], found["place"], found["model"]) == ("Firefox", "Ashfield", "PSC 2210v")
    assert found["network"] == network_of("203.0.113.99") != network_of("198.51.100.7")
    assert "203" not in found["network"][:3]
    assert network_of("no address") == ""


def test_evidence_without_anything_telling_is_not_compared() -> None:
    assert not Evidence(customer=uuid4(), traits={"browser": ("firefox",)}).telling()
    assert Evidence(traits={"model": ("psc 2210v",)}).telling()
