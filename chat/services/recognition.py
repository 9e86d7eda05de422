"""A technician recognises a returning customer and vouches for them; a second one agrees where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from chat.errors import Invalid, NotFound
from chat.log.entries import Author
from chat.mail.outbox import NOTICE_LIFE, queue_notice
from chat.models import Conversation
from chat.recall.suggesting import levels_for
from chat.services.checks import optional_text
from chat.services.linking import Answer, open_conversations, pair_of, reason_in, refusals, tell_recognised
from chat.wire import time_text
from customers.audit import Actor
from customers.models import Inbox, OneTimeLink, Vouch
from customers.persons import person_of
from customers.scope import apart
from customers.services import verdicts, vouching
from customers.services.one_time import new_link
from customers.services.vouching import Vouched

MOST_FACTS = 20


def vouch(*, conversation: UUID, given: Mapping[str, object], by: Actor) -> Answer:
    """Open the history of `customer` to this conversation's browser: `{link, grant, expires_at}`.

    Where the inbox asks for a second person: `{vouch}`, and nothing is opened yet. Raises Invalid, NotFound,
    Forbidden (the inbox does not allow it), Conflict (no browser is there to be given anything).
    """
    this, candidate = pair_of(conversation, given)
    facts, reason = _facts(given), reason_in(given, "reason")
    if not facts and not reason:
        raise Invalid(fields={"facts": "Say what matched, or why you are sure."})
    now, evidence = datetime.now(UTC), levels_for(this, candidate.pk)
    with transaction.atomic(), refusals():
        vouched = vouching.vouch(
            inbox=this.inbox,
            conversation=this.pk,
            customer=this.customer,
            candidate=candidate,
            facts=facts,
            reason=reason,
            by=by,
            at=now,
        )
        return _vouched(vouched, this.inbox, evidence, by, now)


def agree(*, vouch: UUID, by: Actor) -> Answer:
    """The second person agrees: `{link, grant, expires_at}`. Raises NotFound, Forbidden, Conflict."""
    waiting, this = _waiting(vouch)
    now, inbox, evidence = datetime.now(UTC), this.inbox, levels_for(this, waiting.candidate_id)
    with transaction.atomic(), refusals():
        return _vouched(vouching.agree(waiting, inbox=inbox, by=by, at=now), inbox, evidence, by, now)


def refuse(*, vouch: UUID, given: Mapping[str, object], by: Actor) -> Answer:
    """The second person does not agree. Raises NotFound, Conflict."""
    waiting, _ = _waiting(vouch)
    with transaction.atomic(), refusals():
        vouching.refuse(waiting, by=by, reason=reason_in(given, "reason"), at=datetime.now(UTC))
    return Answer({}, True, frozenset({waiting.conversation}))


def not_same(*, conversation: UUID, given: Mapping[str, object], by: Actor) -> Answer:
    """This suggestion is somebody else, and is not made again. Raises Invalid, NotFound."""
    this, candidate = pair_of(conversation, given)
    with transaction.atomic():
        evidence = levels_for(this, candidate.pk)
        verdicts.refuse(this.customer, candidate, by=by, at=datetime.now(UTC), evidence=evidence or None)
    return Answer({}, True, frozenset({this.pk}))


def _vouched(vouched: Vouched, inbox: Inbox, evidence: dict[str, str], by: Actor, at: datetime) -> Answer:
    row = vouched.vouch
    changed = frozenset({row.conversation})
    if vouched.link is None or vouched.grant is None:
        return Answer({"vouch": str(row.pk)}, False, changed)
    verdicts.confirm(row.customer, row.candidate, by=by, at=at, evidence=evidence or None)
    for mailbox in vouched.told:
        token = new_link(
            OneTimeLink.Purpose.NOT_ME,
            at=at,
            life=NOTICE_LIFE,
            link=vouched.link,
            conversation=row.conversation,
        )
        queue_notice(mailbox, token, inbox, at, row.conversation)
    author = Author("technician", by.id, by.name)
    tell_recognised(row.conversation, author, "linked", row.candidate, vouched.link, row.reason)
    body = {
        "link": str(vouched.link.pk),
        "grant": str(vouched.grant.pk),
        "expires_at": time_text(vouched.link.expires_at),
    }
    return Answer(body, True, changed | open_conversations(person_of(row.candidate_id, at)))


def _waiting(vouch: UUID) -> tuple[Vouch, Conversation]:
    found = (
        Vouch.objects.select_related("customer__inbox", "candidate__inbox", "device").filter(pk=vouch).first()
    )
    if found is None:
        raise NotFound()
    this = (
        Conversation.objects.select_related("inbox", "customer__inbox").filter(pk=found.conversation).first()
    )
    if this is None or apart(this.inbox, found.candidate.inbox):
        raise NotFound()
    return found, this


def _facts(given: Mapping[str, object]) -> list[str]:
    facts = given.get("facts")
    if facts is None:
        return []
    if not isinstance(facts, list) or len(facts) > MOST_FACTS:
        raise Invalid(fields={"facts": f"Give a list of at most {MOST_FACTS} facts."})
    texts = [optional_text({"facts": fact if fact is not None else 0}, "facts", limit=300) for fact in facts]
    return [text.strip() for text in texts if text.strip()]
