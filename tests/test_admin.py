"""The administrators' pages: what can be set up, what can only be read, and that nothing written there runs."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import Team, Technician
from chat.demo import seed
from chat.log.append import append
from chat.log.entries import Arrived, Author, Done, Entry, Opening, Say
from chat.models import Conversation, Event, Outcome
from customers.environment import Surroundings
from customers.models import Customer, Device, Grant, Identifier, Inbox

pytestmark = pytest.mark.django_db
CANARY = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def demo(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.DEMO_PASSWORD = "printers-and-patience"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    seed()


@pytest.fixture
def ruth() -> Client:
    client = Client()
    client.force_login(Technician.objects.get(username="ruth"))
    return client


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def changed(client: Client, name: str, /, *args: object, **fields: object) -> str:
    answer = client.post(reverse(f"admin:{name}", args=args), fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


LISTS = [
    "agents_technician",
    "agents_team",
    "customers_inbox",
    "customers_customer",
    "customers_device",
    "customers_grant",
    "chat_conversation",
    "chat_outcome",
]


def test_only_administrators_come_in(ruth):
    assert "What would you like to set up?" in page(ruth, "index")
    ana = Client()
    ana.force_login(Technician.objects.get(username="ana"))
    assert ana.get(reverse("admin:index")).status_code == 302
    assert ana.get(reverse("admin:chat_conversation_changelist")).status_code == 302


@pytest.mark.parametrize("name", LISTS)
def test_pages_work_under_the_policy_and_speak_of_technicians(ruth, name):
    addresses = [reverse(f"admin:{name}_changelist")]
    body = ruth.get(addresses[0]).content.decode()
    addresses += re.findall(rf'href="({addresses[0]}[0-9a-f-]{{36}}/change/)', body)[:2]
    assert len(addresses) > 1
    for address in addresses:
        answer = ruth.get(address)
        body = answer.content.decode()
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", body)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", body)
        assert not re.search(r">[^<]*\bagents?\b", re.sub(r"User agent", "", body), re.IGNORECASE)


@pytest.mark.parametrize("name", LISTS)
def test_lists_ask_the_database_a_fixed_number_of_times(ruth, name, django_assert_max_num_queries):
    for number in range(30):
        Technician.objects.create_user(f"tech{number}").teams.add(Team.objects.get(name="Printers"))
        at = datetime.now(UTC)
        customer = Customer.objects.create(inbox=Inbox.objects.get(), name=f"N{number}", created_at=at)
        Identifier.objects.create(
            customer=customer, kind="email", value=f"{number}@x.example", shown="x", created_at=at
        )
        device = Device.objects.create(
            customer=customer,
            visit=uuid.uuid4(),
            token_hash=uuid.uuid4().bytes * 2,
            first_seen=at,
            last_seen=at,
        )
        Grant.objects.create(device=device, customer=customer, proof="device", at=at)
    with django_assert_max_num_queries(14):
        page(ruth, f"{name}_changelist")


def test_an_inbox_is_made_with_plain_origins(ruth):
    fields = {"name": "Northwind", "key": "northwind", "greeting": "Hello", "color": "#204060"}
    wrong = changed(
        ruth, "customers_inbox_add", **fields, allowed_origins="https://a.example\nnorthwind.example/shop"
    )
    assert (
        "&#x27;northwind.example/shop&#x27; is not an origin; write it like https://www.example.com." in wrong
    )
    assert not Inbox.objects.filter(key="northwind").exists()
    changed(
        ruth,
        "customers_inbox_add",
        **fields,
        allowed_origins=" https://A.example/ \r\n\r\nhttps://a.example:443\nhttp://b.example:8080\n",
    )
    inbox = Inbox.objects.get(key="northwind")
    assert inbox.allowed_origins == ["https://a.example", "http://b.example:8080"]
    body = page(ruth, "customers_inbox_change", inbox.pk)
    assert re.search(r">\s*https://a\.example\nhttp://b\.example:8080</textarea>", body)
    assert 'type="color"' in body
    changed(ruth, "customers_inbox_change", inbox.pk, **fields, allowed_origins="")
    inbox.refresh_from_db()
    assert inbox.allowed_origins == []


def test_the_snippet_is_there_to_copy(ruth, settings):
    body = page(ruth, "customers_inbox_change", Inbox.objects.get(key="demo").pk)
    assert (
        f"&lt;script async src=&quot;{settings.PUBLIC_URL}/widget.js&quot; data-inbox=&quot;demo&quot;&gt;&lt;/script&gt;"
        in body
    )
    assert "Save the inbox first" in page(ruth, "customers_inbox_add")


def test_an_inbox_in_use_stays(ruth):
    demo = Inbox.objects.get(key="demo")
    assert (
        ruth.post(reverse("admin:customers_inbox_delete", args=[demo.pk]), {"post": "yes"}).status_code == 403
    )
    assert Inbox.objects.filter(key="demo").exists()


def test_a_technician_is_made_and_can_log_in(ruth):
    changed(
        ruth,
        "agents_technician_add",
        username="dee",
        display_name="Dee",
        password1="a-long-enough-word",
        password2="a-long-enough-word",
    )
    dee = Technician.objects.get(username="dee")
    assert dee.check_password("a-long-enough-word")
    assert not dee.is_staff
    billing = Team.objects.get(name="Billing")
    fields = {
        "username": "dee",
        "display_name": "Dee Quinn",
        "first_name": "",
        "last_name": "",
        "email": "",
        "availability": "offline",
    }
    changed(
        ruth,
        "agents_technician_change",
        dee.pk,
        **fields,
        teams=[billing.pk],
        is_active="on",
        is_superuser="on",
    )
    dee.refresh_from_db()
    assert (dee.shown_name, list(dee.teams.all()), dee.is_staff) == ("Dee Quinn", [billing], True)
    assert "at least 10 characters" in changed(
        ruth, "auth_user_password_change", dee.pk, password1="short", password2="short"
    )
    changed(
        ruth,
        "auth_user_password_change",
        dee.pk,
        password1="another-long-word",
        password2="another-long-word",
    )
    dee.refresh_from_db()
    assert dee.check_password("another-long-word")


def test_who_has_worked_is_deactivated_not_deleted(ruth):
    ana = Technician.objects.get(username="ana")
    assert (
        ruth.post(reverse("admin:agents_technician_delete", args=[ana.pk]), {"post": "yes"}).status_code
        == 403
    )
    body = changed(
        ruth,
        "agents_technician_changelist",
        action="deactivate",
        _selected_action=[ana.pk, Technician.objects.get(username="ruth").pk],
    )
    assert "1 technician deactivated." in body
    assert "You cannot deactivate yourself." in body
    assert list(Technician.objects.filter(is_active=True).values_list("username", flat=True)) == [
        "bo",
        "cy",
        "ruth",
    ]
    assert "delete_selected" not in body
    new = Technician.objects.create_user("new")
    assert "Are you sure" in page(ruth, "agents_technician_delete", new.pk)
    changed(ruth, "agents_technician_delete", new.pk, post="yes")
    assert not Technician.objects.filter(username="new").exists()


def test_administrators_cannot_shut_themselves_out(ruth):
    me = Technician.objects.get(username="ruth")
    changed(
        ruth,
        "agents_technician_change",
        me.pk,
        username="ruth",
        display_name="Ruth",
        availability="away",
        first_name="",
        last_name="",
        email="",
    )
    me.refresh_from_db()
    assert (me.is_active, me.is_superuser, me.is_staff, me.availability) == (True, True, True, "away")


def test_a_conversation_is_read_whole(ruth):
    scan = Conversation.objects.get(subject="My all-in-one will not scan")
    body = page(ruth, "chat_conversation_change", scan.pk)
    for text in (
        "Internet Explorer 7",
        "Windows XP",
        "PSC 2210v",
        "note, customers do not see it",
        "Install the 2210 patch",
        "Held",
        "Assigned to Ana Duarte",
        "Resolved:",
    ):
        assert text in body
    for event in scan.events.exclude(text=""):
        assert event.text.splitlines()[0].replace("&", "&amp;").replace("'", "&#x27;") in body
    assert 'name="_save"' not in body


def test_a_long_log_comes_in_pages(ruth):
    scan = Conversation.objects.get(subject="My all-in-one will not scan")
    author = Author("customer", scan.customer_id, "Mara")
    append([Entry(scan.pk, author, Say(f"line {n}.", f"long-{n}")) for n in range(400)])
    body = page(ruth, "chat_conversation_change", scan.pk)
    assert "line 399." in body
    assert "line 50." not in body
    before = re.findall(r'href="(\?before=\d+)"', body)[0]
    earlier = ruth.get(reverse("admin:chat_conversation_change", args=[scan.pk]) + before).content.decode()
    assert "line 50." in earlier
    assert "line 399." not in earlier
    assert "Hello! My all-in-one" in earlier
    for junk in ("x", "-1", "9" * 30, "%00", "٣"):
        assert (
            ruth.get(reverse("admin:chat_conversation_change", args=[scan.pk]), {"before": junk}).status_code
            == 200
        )


@pytest.mark.parametrize("typed", ["all-in-one", "Lindqvist", "CODE", "code without dash"])
def test_conversations_are_found(ruth, typed):
    scan = Conversation.objects.get(subject="My all-in-one will not scan")
    wanted = {"CODE": scan.case_code, "code without dash": scan.case_code.replace("-", "").lower()}.get(
        typed, typed
    )
    answer = ruth.get(reverse("admin:chat_conversation_changelist"), {"q": wanted}).content.decode()
    assert scan.case_code in answer
    assert "Charged twice" not in answer


@pytest.mark.parametrize(
    "name", ["chat_conversation", "chat_outcome", "customers_customer", "customers_device", "customers_grant"]
)
def test_what_is_only_read_cannot_be_written(ruth, name):
    model: Any = {
        "chat_conversation": Conversation,
        "chat_outcome": Outcome,
        "customers_customer": Customer,
        "customers_device": Device,
        "customers_grant": Grant,
    }[name]
    row = model.objects.first()
    before = (model.objects.count(), Event.objects.count())
    assert ruth.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200
    assert ruth.get(reverse(f"admin:{name}_add")).status_code == 403
    assert (
        ruth.post(reverse(f"admin:{name}_change", args=[row.pk]), {"name": "x", "subject": "x"}).status_code
        == 403
    )
    assert ruth.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    ruth.post(
        reverse(f"admin:{name}_changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert (model.objects.count(), Event.objects.count()) == before


def test_a_browser_is_revoked(ruth):
    device = Device.objects.get(customer__name="Mara Lindqvist")
    assert "May open this history" in page(ruth, "customers_device_changelist")
    assert "1 browser revoked." in changed(
        ruth, "customers_device_changelist", action="revoke", _selected_action=[device.pk]
    )
    device.refresh_from_db()
    assert device.revoked_at is not None
    assert "Revoked on" in page(ruth, "customers_device_change", device.pk)


def test_a_customer_shows_proof_in_words(ruth):
    body = page(ruth, "customers_customer_change", Customer.objects.get(name="Mara Lindqvist").pk)
    assert "mara@oldmail.example" in body
    assert "claimed, not checked" in body
    assert "Internet Explorer 7 · Windows XP" in body


def test_nothing_a_visitor_wrote_runs_here(ruth):
    at = datetime.now(UTC)
    inbox = Inbox.objects.get(key="demo")

    def arrive(when: datetime) -> Arrived:
        columns = Surroundings(browser=CANARY, user_agent=CANARY).as_columns()
        customer = Customer.objects.create(inbox=inbox, name=CANARY, created_at=when)
        Identifier.objects.create(
            customer=customer, kind="email", value=CANARY, shown=CANARY, created_at=when
        )
        device = Device.objects.create(
            customer=customer,
            visit=uuid.uuid4(),
            token_hash=b"x" * 32,
            environment=columns,
            first_seen=at,
            last_seen=at,
        )
        Grant.objects.create(device=device, customer=customer, proof="device", at=at)
        return Arrived(customer.pk, CANARY)

    where = Surroundings(
        browser=CANARY,
        os=CANARY,
        device=CANARY,
        page=CANARY,
        referrer=CANARY,
        user_agent=CANARY,
        extra={"product": CANARY},
    ).as_columns()
    done = append(
        [
            Entry(
                uuid.uuid4(),
                Author("customer", None, CANARY),
                Say(CANARY, "x", opening=Opening(arrive, inbox.pk, CANARY, where)),
            )
        ]
    )[0]
    assert isinstance(done, Done)
    ana = Technician.objects.get(username="ana")
    Outcome.objects.create(
        conversation_id=done.head.id,
        problem=CANARY,
        cause=CANARY,
        fix=CANARY,
        applies_to=CANARY,
        confirmed_by=ana,
        at=at,
    )
    customer = done.head.customer
    bodies = [page(ruth, f"{name}_changelist") for name in LISTS]
    bodies.append(page(ruth, "chat_conversation_change", done.head.id))
    bodies.append(page(ruth, "customers_customer_change", customer))
    bodies.append(page(ruth, "customers_device_change", Device.objects.get(customer=customer).pk))
    bodies.append(page(ruth, "customers_grant_change", Grant.objects.get(customer=customer).pk))
    bodies.append(page(ruth, "chat_outcome_change", Outcome.objects.get(problem=CANARY).pk))
    assert sum("&lt;script&gt;alert(1)" in body for body in bodies) >= 9
    assert not any("<script>alert" in body for body in bodies)
