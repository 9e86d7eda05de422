"""What the links in mails do. Looking at one changes nothing (mail programs look ahead); pressing the button does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from chat.errors import Invalid, LinkRefused, NotFound
from chat.log.entries import Author
from chat.log.store import call_on_loop
from chat.models import AuthorKind, Conversation, Outcome, OutcomeState, Status
from chat.services.holding import answer_held
from chat.services.linking import open_conversations, unlink
from chat.services.notices import tell_contexts
from chat.services.recovery import open_by_link
from chat.services.transcripts import mail_again
from chat.wire import time_text
from customers import audit
from customers.audit import Actor
from customers.models import Action, Identifier, Inbox, OneTimeLink, Proof
from customers.persons import person_of
from customers.scope import reach
from customers.services.grants import prove
from customers.services.links import link
from customers.services.one_time import peek, use
from customers.text import one_line

Purpose = OneTimeLink.Purpose


@dataclass(frozen=True, slots=True)
class Used:
    """What a link has done: a sentence for the page, and a device token to keep where one was made."""

    purpose: str
    done: str
    device_token: str | None = None


def look_at_link(token: object, *, asked_in: object) -> dict[str, Any]:
    """`{purpose, …what the page shows…}`. Changes nothing. Raises LinkRefused, the same for used, old and unknown."""
    found = _good(token)
    if found.purpose == Purpose.MAILBOX:
        code = found.code
        return {"purpose": found.purpose, "inbox": _name(code.inbox) if code else "", "here": bool(asked_in)}
    conversation = _conversation(found)
    shown: dict[str, Any] = {
        "purpose": found.purpose,
        "inbox": _name(conversation.inbox),
        "at": time_text(conversation.opened_at),
    }
    if found.purpose == Purpose.NOT_ME:
        shown["at"] = time_text(found.at)
    if found.purpose == Purpose.HELD:
        outcome = _standing(found, conversation)
        shown |= {"at": time_text(outcome.at), "problem": outcome.problem, "fix": outcome.fix}
    return shown


def use_link(token: object, *, answer: object, asked_in: object, actor: Actor) -> Used:
    """Do what the link is for, once. `answer` is "yes" or "no" where it asks something. Raises LinkRefused, Invalid."""
    found = _good(token)
    match found.purpose:
        case Purpose.MAILBOX:
            kept = open_by_link(token=token, asked_in=asked_in, actor=actor)
            return Used(found.purpose, "Go back to the chat: your earlier conversations are there.", kept)
        case Purpose.HELD:
            return Used(found.purpose, _held(token, found, answer))
        case Purpose.YES_ME:
            return Used(found.purpose, _yes_me(token, actor))
        case Purpose.NOT_ME:
            return Used(found.purpose, _not_me(token, found, actor))
    raise LinkRefused()


def _held(token: object, found: OneTimeLink, answer: object) -> str:
    if answer not in ("yes", "no"):
        raise Invalid(fields={"answer": 'Say "yes" or "no".'})
    conversation = _conversation(found)
    _standing(found, conversation)
    author = Author(AuthorKind.CUSTOMER, conversation.customer_id, conversation.customer.name)
    # First the answer, which may be given twice; a link used up by an answer that got lost would be worse.
    answer_held(conversation=conversation.pk, by=author, held=answer == "yes")
    use(token, datetime.now(UTC))
    if answer == "yes":
        return "Good to hear. Thank you."
    return "Your conversation is open again and you are served first. Go back to the chat to go on."


def _yes_me(token: object, actor: Actor) -> str:
    now = datetime.now(UTC)
    with transaction.atomic():
        found = use(token, now)
        if found is None or found.identifier is None:
            raise LinkRefused()
        conversation, customer = _conversation(found), found.identifier.customer
        evidence = f"a link sent to {found.identifier.value}"
        prove(
            customer,
            Identifier.Kind.EMAIL,
            value=found.identifier.value,
            shown=found.identifier.shown,
            proof=Proof.PROVEN,
            at=now,
            evidence=evidence,
        )
        who = Actor("customer", customer.pk, customer.name, actor.place)
        audit.record(Action.PROVEN, who, at=now, customer=customer.pk, reason=evidence)
        others = Identifier.objects.filter(
            reach(customer.inbox, "customer__"),
            kind=Identifier.Kind.EMAIL,
            value=found.identifier.value,
            proof__in=(Proof.PROVEN, Proof.SIGNED),
        ).exclude(customer=customer)
        for other in others.select_related("customer__inbox"):
            reason = "The same mailbox was proved."
            link(customer, other.customer, reason=reason, proof=Proof.PROVEN, by=who, at=now)
        mailed = conversation.customer_id == customer.pk and mail_again(
            found.identifier.value, conversation, now, with_key=True
        )
        changed = open_conversations(person_of(customer.pk, now))
    call_on_loop(lambda: tell_contexts(changed))
    thanks = "Thank you. From now on this address opens your conversations."
    return f"{thanks} What was said is on its way to it." if mailed else thanks


def _not_me(token: object, found: OneTimeLink, actor: Actor) -> str:
    if found.link_id is None:
        raise LinkRefused()
    by = Actor("customer", None, "The old mailbox", actor.place)
    with transaction.atomic():
        if use(token, datetime.now(UTC)) is None:
            raise LinkRefused()
        try:
            changed = unlink(
                link=found.link_id,
                reason="The old mailbox says: this was not me.",
                by=by,
                action=Action.NOT_ME,
            ).changed
        except NotFound:  # taken back already; what was asked for holds
            changed = frozenset()
    call_on_loop(lambda: tell_contexts(changed))
    return "The access has ended, and we look into it. Nobody but you sees your conversations."


def _good(token: object) -> OneTimeLink:
    found = peek(token, datetime.now(UTC))
    if found is None:
        raise LinkRefused()
    return found


def _conversation(found: OneTimeLink) -> Conversation:
    known = Conversation.objects.select_related("inbox", "customer__inbox")
    conversation = known.filter(pk=found.conversation).first() if found.conversation else None
    if conversation is None:
        raise LinkRefused()  # erased in the meantime
    return conversation


def _standing(found: OneTimeLink, conversation: Conversation) -> Outcome:
    """The outcome that was asked about, while it stands and nobody has answered. Raises LinkRefused."""
    newest = Outcome.objects.filter(conversation=conversation).order_by("-at", "-id").first()
    if newest is None or newest.at > found.at or conversation.status != Status.RESOLVED:
        raise LinkRefused()
    if newest.state != OutcomeState.UNKNOWN:
        raise LinkRefused()
    return newest


def _name(inbox: Inbox) -> str:
    return one_line(inbox.name, 80)
