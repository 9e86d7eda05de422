"""The administrators' pages: what can be set up, by whom, in how many queries, under which policy."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import Team, Technician
from customers.models import Customer, Device, Grant, Identifier, Inbox
from tests.admin.family import vouch_for
from tests.admin.pages import LISTS, changed, page

pytestmark = pytest.mark.django_db
NORTHWIND = {
    "name": "Northwind",
    "key": "northwind",
    "greeting": "Hello",
    "color": "#204060",
    "vouching": "second",
    "vouch_days": 7,
    "held_after_days": 5,
}


def test_only_administrators_come_in(ruth):
    assert "What would you like to set up?" in page(ruth, "index")
    ana = Client()
    ana.force_login(Technician.objects.get(username="ana"))
    assert ana.get(reverse("admin:index")).status_code == 302
    assert ana.get(reverse("admin:chat_conversation_changelist")).status_code == 302


@pytest.mark.parametrize("name", LISTS)
def test_pages_work_under_the_policy_and_speak_of_technicians(ruth, family, name):
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


def test_lists_ask_the_database_a_fixed_number_of_times(ruth, django_assert_max_num_queries):
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
        earlier = Customer.objects.create(inbox=customer.inbox, name=f"M{number}", created_at=at)
        vouch_for(customer, earlier)
    for name in LISTS:
        with django_assert_max_num_queries(14, info=name):
            page(ruth, f"{name}_changelist")


def test_an_inbox_is_made_with_plain_origins(ruth):
    fields = {**NORTHWIND}
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


def test_a_browser_is_revoked(ruth):
    device = Device.objects.get(customer__name="Mara Lindqvist")
    assert "May open this history" in page(ruth, "customers_device_changelist")
    assert "1 browser revoked." in changed(
        ruth, "customers_device_changelist", action="revoke", _selected_action=[device.pk]
    )
    device.refresh_from_db()
    assert device.revoked_at is not None
    assert "Revoked on" in page(ruth, "customers_device_change", device.pk)
