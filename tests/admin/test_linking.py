"""Administrators say that two customers are one person, look before they do, and take it back."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from agents.models import Technician
from chat.models import Conversation
from customers.audit import Actor
from customers.models import Action, AuditEntry, Customer, Grant, Inbox, Link, Proof
from customers.persons import person_of
from customers.selectors import browser_of
from customers.services import links
from customers.services.grants import give
from tests.admin.family import stranger, technician
from tests.admin.pages import changed, page

pytestmark = pytest.mark.django_db


def now() -> datetime:
    return datetime.now(UTC)


def the_person(customer: Customer) -> frozenset:
    return person_of(customer.pk, now())


def part(body: str, title: str) -> str:
    """The section under a heading."""
    return body.split(f'id="{title}-title"', 1)[1].split("</section>", 1)[0]


def staff_with(*codenames: str) -> Client:
    """An administrator of less: somebody who may look, and what else is named."""
    helper = Technician.objects.create_user("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(helper)
    return client


def test_the_page_of_a_customer_shows_the_person(ruth, family):
    body = page(ruth, "customers_customer_change", family.july.pk)
    person = part(body, "person")
    for text in (
        "Mara Lindqvist",
        "Mara L.",
        "mara@oldmail.example",
        "mara@new.example",
        "claimed, not checked",
    ):
        assert text in person
    words = part(body, "links")
    for text in (
        "vouched for by a technician",
        "Knew the serial number",
        "Ana Duarte",
        "until 20",
        "Take back",
    ):
        assert text in words
    assert "My all-in-one will not scan" in part(body, "conversations"), "what she wrote as somebody else"
    alone = page(ruth, "customers_customer_change", stranger(family.july.inbox).pk)
    assert "No other customer is known to be the same person." in alone


def test_two_customers_are_found_looked_at_and_linked(ruth, family):
    eve = stranger(family.july.inbox, name="Mara Lind", address="m.lind@example.org")
    assert reverse("admin:customers_customer_find", args=[eve.pk]) in page(
        ruth, "customers_customer_change", eve.pk
    )
    address = reverse("admin:customers_customer_find", args=[eve.pk])
    found = ruth.get(address, {"q": "lindqvist"}).content.decode()
    preview = reverse("admin:customers_customer_link", args=[eve.pk, family.march.pk])
    assert preview in found
    looked = ruth.get(preview).content.decode()
    assert Link.objects.count() == 1, "looking changes nothing"
    assert "m.lind@example.org" in part(looked, "this")
    other = part(looked, "other")
    assert "mara@oldmail.example" in other
    assert "mara@new.example" in other, "all of the person, not only the one who was chosen"
    conversations = Conversation.objects.filter(customer=family.march).count()
    assert f"{conversations} conversation" in other
    refused = ruth.post(preview, {"reason": "   "}).content.decode()
    assert "Say why." in refused
    assert "Say why." in ruth.post(preview, {}).content.decode()
    assert "at most 500 characters" in ruth.post(preview, {"reason": "x" * 501}).content.decode()
    assert eve.pk not in the_person(family.march)
    answer = ruth.post(preview, {"reason": "Rang us: same serial number."}, follow=True).content.decode()
    assert "are one person now" in answer
    assert the_person(eve) == {eve.pk, family.march.pk, family.july.pk}
    made = Link.objects.get(a=eve)
    me = Technician.objects.get(username="ruth")
    assert (made.reason, made.by, made.by_name, made.proof) == (
        "Rang us: same serial number.",
        me.pk,
        me.shown_name,
        Proof.CLAIMED,
    )
    entry = AuditEntry.objects.get(action=Action.LINKED, link=made.pk)
    assert (entry.actor, entry.reason) == (me.pk, "Rang us: same serial number.")
    assert not Grant.objects.filter(link=made).exists(), "a link opens nothing to any browser"


@pytest.mark.parametrize("typed", ["Lindqvist", "MARA@OLDMAIL.example", "code", "id"])
def test_the_other_is_found_by_whatever_is_known(ruth, family, typed):
    eve = stranger(family.july.inbox)
    scan = Conversation.objects.get(subject="My all-in-one will not scan")
    wanted = {"code": scan.case_code.replace("-", " ").lower(), "id": str(family.march.pk)}.get(typed, typed)
    address = reverse("admin:customers_customer_find", args=[eve.pk])
    body = ruth.get(address, {"q": wanted}).content.decode()
    assert reverse("admin:customers_customer_link", args=[eve.pk, family.march.pk]) in body


def test_who_is_one_person_already_or_behind_a_wall_is_not_offered(ruth, family):
    address = reverse("admin:customers_customer_find", args=[family.july.pk])
    assert "Nobody else was found" in ruth.get(address, {"q": "mara"}).content.decode()
    again = reverse("admin:customers_customer_link", args=[family.july.pk, family.march.pk])
    assert "one person already" in ruth.post(again, {"reason": "again"}).content.decode()
    apart = stranger(Inbox.objects.create(key="apart", name="Apart", separate=True), name="Mara Apart")
    assert "Mara Apart" not in ruth.get(address, {"q": "mara"}).content.decode()
    across = reverse("admin:customers_customer_link", args=[family.july.pk, apart.pk])
    for answer in (ruth.get(across), ruth.post(across, {"reason": "the same"})):
        assert "share nothing about their customers" in answer.content.decode()
    itself = reverse("admin:customers_customer_link", args=[family.july.pk, family.july.pk])
    assert "one person already" in ruth.post(itself, {"reason": "me"}).content.decode()
    assert Link.objects.count() == 1
    nobody = "00000000-0000-7000-8000-000000000000"
    for name, args in (
        ("customers_customer_find", [nobody]),
        ("customers_customer_link", [family.july.pk, nobody]),
        ("customers_link_take_back", [nobody]),
    ):
        assert ruth.get(reverse(f"admin:{name}", args=args)).status_code == 404


@pytest.mark.parametrize(
    "typed", ["\0", "'; --", "%", "x" * 5000, "٣٤٥", "00000000-0000-7000-8000-000000000000"]
)
def test_a_search_for_anything_is_an_answer(ruth, family, typed):
    answer = ruth.get(reverse("admin:customers_customer_find", args=[family.july.pk]), {"q": typed})
    assert answer.status_code == 200


def test_taking_back_says_what_ends_and_ends_it(ruth, family):
    seen = browser_of(family.device, now(), family.july.inbox_id)
    assert seen is not None
    assert family.march.pk in seen.customers
    address = reverse("admin:customers_link_take_back", args=[family.link.pk])
    looked = ruth.get(address).content.decode()
    assert "Firefox 3" in part(looked, "lose")
    assert "Mara Lindqvist" in part(looked, "lose")
    assert "mara@new.example" in part(looked, "left")
    assert "mara@oldmail.example" in part(looked, "right")
    assert "What stays open" not in looked
    assert "Say why." in ruth.post(address, {"reason": ""}).content.decode()
    family.link.refresh_from_db()
    assert family.link.revoked_at is None
    body = ruth.post(address, {"reason": "Rang again: somebody else."}, follow=True).content.decode()
    assert "was taken back." in body
    assert "No other customer is known to be the same person." in body
    assert "Rang again: somebody else." in body, "the link that has ended is still told of"
    seen = browser_of(family.device, now(), family.july.inbox_id)
    assert seen is not None
    assert seen.customers == {family.july.pk}
    assert the_person(family.july) == {family.july.pk}
    me = Technician.objects.get(username="ruth")
    entry = AuditEntry.objects.get(action=Action.UNLINKED)
    assert (entry.actor, entry.reason, entry.link) == (me.pk, "Rang again: somebody else.", family.link.pk)
    again = ruth.post(address, {"reason": "once more"}, follow=True).content.decode()
    assert "taken back already" in again
    assert AuditEntry.objects.filter(action=Action.UNLINKED).count() == 1


def test_technicians_read_in_the_conversation_that_it_was_taken_back(ruth, family):
    where = Conversation.objects.get(customer=family.july)
    changed(ruth, "customers_link_take_back", family.link.pk, reason="Somebody else")
    told = where.events.get(kind="linked")
    assert told.body is not None
    assert (told.body["action"], told.body["reason"], told.author_name) == (
        "unlinked",
        "Somebody else",
        "Ruth Adeyemi",
    )
    assert told.customer_seq is None, "customers do not see it"
    read = page(ruth, "chat_conversation_change", where.pk)
    assert "Not Mara Lindqvist any more: the link was taken back (Somebody else)" in read


def test_a_link_is_taken_back_although_its_conversation_is_gone(ruth, family):
    Conversation.objects.filter(customer=family.july).delete()
    assert "was taken back." in changed(
        ruth, "customers_link_take_back", family.link.pk, reason="Somebody else"
    )
    assert the_person(family.july) == {family.july.pk}


def test_taking_back_says_what_stays(ruth, family):
    give(
        family.device,
        family.march,
        Proof.PROVEN,
        at=now(),
        actor=Actor("customer"),
        evidence="a code sent to mara@oldmail.example",
    )
    middle = stranger(family.july.inbox, name="Mara of May")
    for other in (family.march, family.july):
        links.link(middle, other, reason="By hand", proof=Proof.CLAIMED, by=technician(), at=now())
    address = reverse("admin:customers_link_take_back", args=[family.link.pk])
    round_about = ruth.get(address).content.decode()
    assert "they stay one person" in round_about
    links.unlink(Link.objects.get(a=middle, b=family.july).pk, by=technician(), reason="no", at=now())
    looked = ruth.get(address).content.decode()
    assert "they stay one person" not in looked
    kept = part(looked, "keep")
    assert "Firefox 3" in kept
    assert "a code sent to mara@oldmail.example" in kept
    assert "Mara of May" in part(looked, "right")


def test_only_who_may_change_links_links(family):
    eve = stranger(family.july.inbox)
    pages = [
        reverse("admin:customers_customer_find", args=[eve.pk]),
        reverse("admin:customers_customer_link", args=[eve.pk, family.march.pk]),
        reverse("admin:customers_link_take_back", args=[family.link.pk]),
    ]
    looks = staff_with("view_customer", "view_link")
    body = looks.get(reverse("admin:customers_customer_change", args=[family.july.pk])).content.decode()
    assert "Knew the serial number" in body
    assert "Take back" not in body
    assert "Link with another" not in body
    for address in pages:
        assert looks.get(address).status_code == 403
        assert looks.post(address, {"reason": "because"}).status_code == 403
    assert Link.objects.filter(revoked_at=None).count() == 1
    Technician.objects.get(username="helper").user_permissions.add(
        Permission.objects.get(codename="change_link")
    )
    for address in pages:
        assert looks.get(address).status_code == 200
    outside = Client()
    outside.force_login(Technician.objects.get(username="ana"))
    for address in pages:
        assert outside.post(address, {"reason": "because"}).status_code == 302
    assert Link.objects.filter(revoked_at=None).count() == 1


def test_without_the_forms_token_nothing_is_linked(family):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Technician.objects.get(username="ruth"))
    eve = stranger(family.july.inbox)
    for name, args in (
        ("customers_customer_link", [eve.pk, family.march.pk]),
        ("customers_link_take_back", [family.link.pk]),
        ("customers_inbox_new_secret", [eve.inbox_id]),
    ):
        address = reverse(f"admin:{name}", args=args)
        assert strict.post(address, {"reason": "because"}).status_code == 403
        assert "csrfmiddlewaretoken" in strict.get(address).content.decode()
    assert Link.objects.filter(revoked_at=None).count() == 1


def test_the_pages_between_hold_nothing_inline(ruth, family):
    eve = stranger(family.july.inbox)
    for name, args in (
        ("customers_customer_find", [eve.pk]),
        ("customers_customer_link", [eve.pk, family.march.pk]),
        ("customers_link_take_back", [family.link.pk]),
        ("customers_inbox_new_secret", [eve.inbox_id]),
    ):
        answer = ruth.get(reverse(f"admin:{name}", args=args))
        body = answer.content.decode()
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", body)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", body)


def test_the_links_page_filters_what_holds(ruth, family):
    assert (
        "Knew the serial number"
        in ruth.get(reverse("admin:customers_link_changelist"), {"holds": "yes"}).content.decode()
    )
    assert (
        "Knew the serial number"
        not in ruth.get(reverse("admin:customers_link_changelist"), {"holds": "no"}).content.decode()
    )
    assert changed(ruth, "customers_link_take_back", family.link.pk, reason="not her")
    assert (
        "Knew the serial number"
        in ruth.get(reverse("admin:customers_link_changelist"), {"holds": "no"}).content.decode()
    )
    assert "Take back" not in page(ruth, "customers_link_change", family.link.pk)
