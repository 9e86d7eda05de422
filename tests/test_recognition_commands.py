"""The programs around recognition: measuring on records, fitting the weights, building what is looked up."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer, Inbox, Profile, Verdict, Weighing
from customers.recognition import fitted
from customers.recognition.trial.people import PeopleError, part, read_people
from customers.recognition.weights import Table

GIVEN = ["mara", "ellen", "peter", "rosa", "tom", "ingrid", "paul", "agnes", "hugo", "james"]
FAMILY = ["lindqvist", "fisher", "novak", "delgado", "baxter", "olsen", "laurent", "weber"]
PLACES = ("ashfield", "mill hill", "glenrock", "weston", "harbour view")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Forty people, each with an original and one record with a slip, as a CSV with spaces after the commas."""
    lines = ["rec_id, given_name, surname, suburb, phone_number"]
    for n in range(40):
        given, family, place = GIVEN[n % 10], FAMILY[n % 8], PLACES[n % 5]
        phone = f"03 {(n + 3) * 7654321 % 10**8:08d}"
        lines.append(f"{n}0, {given}, {family}, {place}, {phone}")
        lines.append(f"{n}1, {given}, {family[:-2]}{family[-1]}{family[-2]}, {place}, {phone}")
    path = tmp_path / "people.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def ran(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_people_are_parted_the_same_way_each_time(records: Path) -> None:
    people = read_people(records, ["given_name", "surname", "suburb"])
    parted = part(people, strangers=0.2, seed=1)
    assert (len(parted.on_file), len(parted.strangers)) == (32, 8)
    assert len(parted.returners) == 40, "strangers ask too"
    assert not {record.person for record in parted.on_file} & parted.strangers
    assert part(people, strangers=0.2, seed=1) == parted
    assert part(people, strangers=0.2, seed=2).strangers != parted.strangers
    assert people[0].values == {"name": "mara lindqvist", "place": "ashfield"}


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("rec_id,given_name\n10,mara\n", ["shoe_size"], "Cannot compare shoe_size"),
        ("rec_id,given_name\n10,mara\n", ["surname"], "has no column surname"),
        ("rec_id,given_name\nten,mara\n", ["given_name"], "line 2: rec_id must be a number"),
        ("rec_id,given_name\n10\n", ["given_name"], "line 2: not as many values"),
        ("rec_id,given_name\n", ["given_name"], "holds no records"),
        ("rec_id,given_name\n11,mara\n", ["given_name"], "no original record"),
        ("", ["given_name"], "has no column rec_id"),
    ],
)
def test_a_wrong_file_is_told_so(tmp_path: Path, text: str, columns: list[str], says: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PeopleError, match=says):
        read_people(path, columns)
    with pytest.raises(PeopleError, match="cannot be read"):
        read_people(tmp_path / "absent.csv", ["given_name"])


@pytest.mark.django_db
def test_weights_are_fitted_kept_and_taken_back(records: Path, tmp_path: Path) -> None:
    columns = ("--columns", "given_name,surname,suburb,phone_number")
    shown = ran("fit_recognition", "--file", str(records), *columns)
    assert "Not in use" in shown
    assert not Weighing.objects.exists()
    written = tmp_path / "table.json"
    ran(
        "fit_recognition",
        "--file",
        str(records),
        *columns,
        "--keep",
        "--output",
        str(written),
        "--likely",
        "0.9",
    )
    assert fitted.current() == Table.from_json(json.loads(written.read_text()))
    assert fitted.current().marks.likely == 0.9
    assert fitted.current().ratio("phone", "same") > Table().ratio("phone", "slip")
    assert "people.csv" in ran("fit_recognition", "--undo")
    assert fitted.current() == Table()
    assert "defaults" in ran("fit_recognition", "--undo")
    with pytest.raises(CommandError, match="--columns"):
        call_command("fit_recognition", "--file", str(records))


@pytest.mark.django_db
def test_weights_are_fitted_from_what_technicians_said() -> None:
    inbox, now = Inbox.objects.create(name="Printers"), datetime.now(UTC)
    with pytest.raises(CommandError, match="too few"):
        call_command("fit_recognition")
    for n in range(24):
        pair = [Customer.objects.create(inbox=inbox, created_at=now) for _ in range(2)]
        evidence = {"given": "same", "model": "different" if n % 2 else "same", "unheard": "of"}
        Verdict.objects.create(
            customer=pair[0], candidate=pair[1], same=bool(n % 2), evidence=evidence, at=now
        )
    before = Table().bits("model", "same")
    ran("fit_recognition", "--keep")
    assert fitted.current().bits("model", "same") < before
    assert fitted.current().bits("phone", "same") == Table().bits("phone", "same")


@pytest.mark.django_db
def test_everybody_on_file_is_made_findable() -> None:
    inbox, now = Inbox.objects.create(name="Printers"), datetime.now(UTC)
    Customer.objects.create(inbox=inbox, name="Mara Lindqvist", created_at=now)
    Customer.objects.create(inbox=inbox, created_at=now)
    assert ran("build_recognition").startswith("2 customers")
    assert Profile.objects.get().facts["name"] == ["Mara Lindqvist"]


def test_recognition_is_measured_on_a_database_of_its_own(records: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    words = ["bench_recognition", str(records), "--columns", "given_name,surname,suburb", "--on-file", "200"]
    run = subprocess.run(
        [sys.executable, str(Path(__file__).parent.parent / "manage.py"), *words, "--identifier"],
        env={**os.environ, "DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = dict(line.split("  ", 1) for line in run.stdout.splitlines() if "  " in line)
    assert figures["customers on file"].strip().startswith("200 ")
    assert figures["right at 1"].strip() == "1.0000 (32 of 32)"
    assert figures["strangers likely"].strip() == "0.0000 (0 of 8)"
    left = sqlite3.connect(data / "rapport.sqlite3") if (data / "rapport.sqlite3").exists() else None
    assert left is None or not left.execute("SELECT name FROM sqlite_master").fetchall(), (
        "nothing was put there"
    )
