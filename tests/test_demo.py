"""The demo: seeded once, by however many servers, with a past that reads well and a queue that is empty."""

from __future__ import annotations

import itertools
import re
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from agents.models import Team, Technician
from chat.demo import seed
from chat.demo_story import STORIES
from chat.models import Conversation, Event, Outcome, ReadMarker, Status
from chat.recall.prefill import draft_outcome
from customers.models import Customer, Identifier, Inbox, Proof

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.DEMO_PASSWORD = "printers-and-patience"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_accounts_teams_and_inbox(settings):
    accounts = seed()
    assert (accounts.password, accounts.made) == ("printers-and-patience", False)
    ana, ruth = Technician.objects.get(username="ana"), Technician.objects.get(username="ruth")
    assert ana.shown_name == "Ana Duarte"
    assert (ana.is_staff, ana.is_superuser) == (False, False)
    assert (ruth.is_staff, ruth.is_superuser) == (True, True)
    assert all(one.check_password(accounts.password) for one in Technician.objects.all())
    members = {
        team.name: sorted(team.technicians.values_list("username", flat=True)) for team in Team.objects.all()
    }
    assert members == {"Printers": ["ana", "bo"], "Billing": ["cy"]}
    inbox = Inbox.objects.get(key="demo")
    inbox.full_clean()
    assert inbox.allowed_origins == [settings.PUBLIC_URL]


def test_seeding_again_changes_nothing():
    seed()
    before = (list(Event.objects.order_by("id").values()), list(Technician.objects.order_by("id").values()))
    seed()
    assert (
        list(Event.objects.order_by("id").values()),
        list(Technician.objects.order_by("id").values()),
    ) == before


def test_a_made_password_is_kept_for_the_next_start(settings, tmp_path):
    settings.DEMO_PASSWORD = ""
    first, second = seed(), seed()
    assert first == second
    assert first.made
    assert len(first.password) >= 12
    assert stat.S_IMODE((tmp_path / "demo_password").stat().st_mode) == 0o600
    settings.DEMO_PASSWORD = "another-one-given"
    seed()
    assert Technician.objects.get(username="bo").check_password("another-one-given")


def test_the_queue_is_empty_and_every_past_is_whole():
    seed()
    assert not Conversation.objects.exclude(status=Status.RESOLVED).exists()
    assert Conversation.objects.count() == len(STORIES) == 10
    now = datetime.now(UTC)
    for conversation in Conversation.objects.all():
        events = list(conversation.events.order_by("seq"))
        assert [event.seq for event in events] == list(range(1, conversation.last_seq + 1))
        assert all(a.at <= b.at for a, b in itertools.pairwise(events))
        assert events[-1].at < now - timedelta(days=5)
        assert conversation.resolved_at == events[-1].at
        assert conversation.technician is not None
        assert conversation.environment.browser
    assert ReadMarker.objects.count() == 10 * 5
    assert Outcome.objects.count() == 11


def test_maras_story():
    seed()
    mara = Customer.objects.get(name="Mara Lindqvist")
    scan = mara.conversations.get(subject="My all-in-one will not scan")
    assert (scan.opened_at.month, scan.opened_at.day) == (3, 3)
    assert scan.opened_at < datetime.now(UTC) - timedelta(days=59)
    assert (scan.environment.browser, scan.environment.os) == ("Internet Explorer 7", "Windows XP")
    assert scan.environment.supplied["product"] == "PSC 2210v"
    outcome = scan.outcomes.get()
    assert outcome.cause == "Internet Explorer 7 blocks the scan control"
    assert outcome.fix == "Install the 2210 patch, restart, scan from the Director"
    assert (outcome.state, outcome.confirmed_by.username) == ("held", "ana")
    assert mara.conversations.order_by("-opened_at").first() == scan
    claimed = Identifier.objects.get(value="mara@oldmail.example")
    assert (claimed.customer, claimed.proof) == (mara, Proof.CLAIMED)
    assert scan.events.filter(note=True, customer_seq=None).exists()


def test_a_fix_that_did_not_hold_was_followed_by_one_that_did():
    seed()
    tessa = Conversation.objects.get(customer__name="Tessa Okafor")
    assert list(tessa.outcomes.order_by("at").values_list("state", flat=True)) == ["failed", "held"]
    assert tessa.events.filter(kind="reopened").count() == 1


def test_the_form_would_have_been_prefilled_sensibly():
    """Every past of the demo gives a drafted problem, cause and fix: a newcomer's first look at resolving."""
    seed()
    for conversation in Conversation.objects.select_related("environment"):
        last = conversation.events.filter(kind="message").order_by("seq")
        events = [(event.author_kind, event.text, event.note) for event in last]
        draft = draft_outcome(events=events, environment=conversation.environment.__dict__)
        assert all(draft.values()), (conversation.subject, draft)
    scan = draft_outcome(
        events=[
            (e.author_kind, e.text, e.note)
            for e in Event.objects.filter(conversation__subject="My all-in-one will not scan", kind="message")
        ],
        environment=None,
    )
    assert scan["cause"] == "Internet Explorer 7 blocks the scan control that the Director uses."
    assert len(re.findall(r"^\d\.", scan["fix"], re.MULTILINE)) == 4


@pytest.mark.django_db(transaction=True)
def test_servers_that_start_at_once_seed_once():
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def serve() -> None:
        try:
            start.wait()
            seed()
        except Exception as error:  # noqa: BLE001  (whatever it is, the test must see it)
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    assert failures == []
    assert Conversation.objects.count() == 10
    assert Technician.objects.count() == 4
