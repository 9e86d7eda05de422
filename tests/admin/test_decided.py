"""The audit log in sentences, vouches, verdicts, keys, browsers and mails."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from chat.models import Conversation, Mail, MailState
from customers import audit
from customers.models import Action, AuditEntry, Grant, ResumeKey
from customers.services.keys import new_resume_key
from tests.admin.family import stranger, technician
from tests.admin.pages import changed, page

pytestmark = pytest.mark.django_db


def words(body: str) -> str:
    """A page without its tags."""
    return html.unescape(
        " ".join(re.sub(r"</?(?:a|bdi)\b[^>]*>", "", re.sub(r"<(?!/?(?:a|bdi)\b)[^>]+>", " ", body)).split())
    )


def test_the_audit_log_reads_as_sentences(ruth, family):
    audit.record(
        Action.VOUCH_ASKED,
        technician(),
        at=datetime.now(UTC),
        customer=family.july.pk,
        other=family.march.pk,
        conversation=Conversation.objects.get(subject="My all-in-one will not scan").pk,
        reason="Sounds like her",
    )
    text = words(page(ruth, "customers_auditentry_changelist"))
    code = Conversation.objects.get(subject="My all-in-one will not scan").case_code
    july = Conversation.objects.get(customer=family.july).case_code
    for sentence in (
        f"Mara L. and Mara Lindqvist were linked: vouched for by a technician in {july}",
        "A browser (Firefox 3 · Windows XP) was given the history of Mara Lindqvist: vouched for by a technician",
        "A technician looked at the history of Mara Lindqvist, not proven to be Mara L.",
        f"A second person was asked whether Mara L. is Mara Lindqvist in {code}",
        "A resume key to the history of Mara Lindqvist was handed out",
        "Ana Duarte",
        "192.0.2.0/24",
    ):
        assert sentence in text


@pytest.mark.parametrize("action", Action.values)
def test_every_action_has_a_sentence(ruth, family, action):
    AuditEntry.objects.create(
        at=datetime.now(UTC),
        action=action,
        actor_kind="system",
        customer=family.july.pk,
        other="00000000-0000-7000-8000-000000000000",
    )
    entry = AuditEntry.objects.filter(action=action).order_by("-at").first()
    assert entry is not None
    text = words(page(ruth, "customers_auditentry_change", entry.pk))
    about_nobody = {"signature_refused", "code_refused", "key_refused"}
    assert ("Mara L." in text) == (action not in about_nobody)
    if action in {"linked", "unlinked", "vouch_asked", "vouch_refused", "not_me", "not_same", "disclosed"}:
        assert "a customer who was erased" in text


def test_the_audit_log_is_found_by_customer_name_reason_and_filtered(ruth, family):
    eve = stranger(family.july.inbox)
    audit.record(
        Action.NOT_SAME, technician("bo"), at=datetime.now(UTC), customer=eve.pk, other=family.march.pk
    )
    address = reverse("admin:customers_auditentry_changelist")

    def actions(**query: str) -> set[str]:
        body = ruth.get(address, query).content.decode()
        keys = re.findall(rf"{address}([0-9a-f-]{{36}})/change/", body)
        return set(AuditEntry.objects.filter(pk__in=keys).values_list("action", flat=True))

    assert actions(q=str(eve.pk)) == {"not_same"}
    assert actions(q="eve@example.org") == {"not_same"}
    assert actions(q="Bo Halvorsen") == {"not_same"}
    assert "not_same" in actions(q="Lindqvist")
    assert actions(q="serial number") == {"linked", "granted", "disclosed"}
    assert actions(action="disclosed") == {"disclosed"}
    assert actions(by="system") == {"key_made"}
    assert actions(q="nobody of that name") == set()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert actions(at__gte=f"{tomorrow:%Y-%m-%d %H:%M:%S+00:00}") == set()


def test_nobody_writes_the_audit_log(ruth, family):
    entry = AuditEntry.objects.first()
    assert entry is not None
    before = list(AuditEntry.objects.values())
    address = reverse("admin:customers_auditentry_change", args=[entry.pk])
    assert ruth.get(reverse("admin:customers_auditentry_add")).status_code == 403
    assert ruth.post(address, {"reason": "x"}).status_code == 403
    delete = reverse("admin:customers_auditentry_delete", args=[entry.pk])
    assert ruth.post(delete, {"post": "yes"}).status_code == 403
    listed = reverse("admin:customers_auditentry_changelist")
    ruth.post(listed, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert list(AuditEntry.objects.values()) == before
    assert 'name="action"' not in page(ruth, "customers_auditentry_changelist")


def test_a_revoked_browser_loses_every_history_and_it_is_written_down(ruth, family):
    body = changed(ruth, "customers_device_changelist", action="revoke", _selected_action=[family.device.pk])
    assert "1 browser revoked." in body
    family.device.refresh_from_db()
    assert family.device.revoked_at is not None
    assert not Grant.objects.filter(device=family.device, revoked_at=None).exists()
    entries = AuditEntry.objects.filter(action=Action.REVOKED, device=family.device.pk)
    assert {(one.actor_name, one.customer) for one in entries} == {
        ("Ruth Adeyemi", family.july.pk),
        ("Ruth Adeyemi", family.march.pk),
    }
    again = changed(ruth, "customers_device_changelist", action="revoke", _selected_action=[family.device.pk])
    assert "0 browsers revoked." in again


def test_one_history_is_taken_from_a_browser_that_keeps_its_own(ruth, family):
    body = changed(ruth, "customers_grant_changelist", action="end", _selected_action=[family.grant.pk])
    assert "1 grant ended." in body
    left = Grant.objects.filter(device=family.device, revoked_at=None)
    assert [one.customer_id for one in left] == [family.july.pk]
    assert AuditEntry.objects.get(action=Action.REVOKED).customer == family.march.pk


def test_a_lost_resume_key_is_ended(ruth, family):
    key = ResumeKey.objects.get(customer=family.march)
    other = new_resume_key(family.july.pk, None, datetime.now(UTC))
    assert "Good, once" in page(ruth, "customers_resumekey_changelist")
    body = changed(ruth, "customers_resumekey_changelist", action="end", _selected_action=[key.pk])
    assert "1 key ended." in body
    assert other not in body
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert ResumeKey.objects.get(customer=family.july).revoked_at is None
    entry = AuditEntry.objects.get(action=Action.REVOKED)
    assert (entry.customer, entry.actor_name) == (family.march.pk, "Ruth Adeyemi")
    assert "Resume keys of Mara Lindqvist were ended" in words(
        page(ruth, "customers_auditentry_change", entry.pk)
    )


def test_vouches_and_verdicts_are_told_in_words(ruth, family):
    listed = words(page(ruth, "customers_vouch_changelist"))
    assert "Opened on" in listed
    one = words(page(ruth, "customers_vouch_change", family.link.vouch.pk))
    assert "the PSC 2210v" in one
    assert "Knew the serial number" in one
    assert "The same person" in words(page(ruth, "customers_verdict_changelist"))
    verdict = family.july.verdicts.get()
    assert "surname: rare" in words(page(ruth, "customers_verdict_change", verdict.pk))
    for name, pk in (("vouch", family.link.vouch.pk), ("verdict", verdict.pk)):
        listed = page(ruth, f"customers_{name}_changelist")
        way_in = re.search(rf'<a href="[^"]*/{name}/{pk}/change/[^"]*">([^<]*)<', listed)
        assert way_in, "the row leads to its page"
        assert way_in[1].strip(), "by something to click on"


def mail(state: str, *, text: str = "hidden words", kind: str = "notice", **more: object) -> Mail:
    at = datetime.now(UTC)
    values = {"to": "mara@oldmail.example", "subject": "News", "at": at, "due_at": at, "text": text}
    return Mail.objects.create(kind=kind, state=state, **{**values, **more})


def test_no_mail_is_read_here(ruth, family):
    secret = mail("waiting", kind="code", text="Your code is 271828")
    void = mail("void", kind="code", to="nobody@example.org")
    kept = Mail.objects.get(kind="transcript")
    assert "RAPP-THIS-IS-SECRET" in kept.text
    listed = page(ruth, "chat_mail_changelist")
    bodies = [listed, *(page(ruth, "chat_mail_change", one.pk) for one in (secret, kept))]
    assert "mara@oldmail.example" in listed
    assert not any("271828" in body or "RAPP-THIS" in body for body in bodies)
    assert "nobody@example.org" not in listed, "it would show which addresses are unknown"
    assert ruth.get(reverse("admin:chat_mail_change", args=[void.pk])).status_code == 302
    assert ruth.post(reverse("admin:chat_mail_change", args=[kept.pk]), {"to": "x"}).status_code == 403
    assert ruth.get(reverse("admin:chat_mail_add")).status_code == 403


def test_dead_letters_are_found_and_tried_again(ruth):
    soon = datetime.now(UTC) + timedelta(hours=1)
    refused = mail("dead", expires_at=soon, error="550 Relaying denied", tries=1, done_at=datetime.now(UTC))
    empty = mail("dead", expires_at=soon, text="", kind="code")
    late = mail("dead", expires_at=datetime.now(UTC) - timedelta(minutes=1))
    sent = mail("sent", text="")
    listed = ruth.get(reverse("admin:chat_mail_changelist"), {"state__exact": "dead"}).content.decode()
    assert "550 Relaying denied" in listed
    assert str(sent.pk) not in listed
    chosen = [one.pk for one in (refused, empty, late, sent)]
    body = words(changed(ruth, "chat_mail_changelist", action="again", _selected_action=chosen))
    assert "1 mail will be tried again now." in body
    assert "3 mails stay as they are" in body
    refused.refresh_from_db()
    assert (refused.state, refused.tries, refused.error, refused.done_at) == (MailState.WAITING, 0, "", None)
    assert refused.due_at <= datetime.now(UTC)
    assert {one.state for one in Mail.objects.filter(pk__in=chosen[1:3])} == {MailState.DEAD}


def test_what_gives_access_by_itself_has_no_page(ruth):
    body = page(ruth, "index")
    for name in ("onetimelink", "mailcode", "attempt", "usedsignature", "spenttoken"):
        assert ruth.get(f"/admin/customers/{name}/").status_code == 404
        assert f"/customers/{name}/" not in body
