"""A conversation to keep: printed, or mailed to an address that is known to be the customer's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from chat.errors import Invalid
from chat.mail.mailboxes import ask_whether_theirs, sure_mailboxes
from chat.mail.outbox import queue_transcript
from chat.mail.transcript import Transcript, transcript_of
from chat.models import Conversation
from customers import normal
from customers.audit import Actor
from customers.models import Customer, Identifier
from customers.selectors import Browser
from customers.services.attempts import Allowance, allowed, hidden
from customers.services.browsers import held_firmly
from customers.services.claims import record_claims
from customers.services.keys import new_resume_key

#: A window in which somebody clicks again sends no second one; nor does anybody's impatience fill a mailbox.
AGAIN = Allowance("transcript", most=1, seconds=60)
A_DAY = Allowance("transcript-day", most=10, seconds=24 * 3600)
#: "Was this you?", caused from one network.
BY_NETWORK = Allowance("confirm-net", most=30, seconds=24 * 3600)


def printable(conversation: UUID) -> Transcript:
    """The transcript of a conversation that the caller has found to be theirs."""
    return transcript_of(_found(conversation))


def address_in(given: Mapping[str, object]) -> normal.Normal | None:
    """The address in a body, None where none is named. Raises Invalid for what cannot be one."""
    if given.get("email") is None:
        return None
    try:
        return normal.email(given["email"])
    except ValueError as error:
        raise Invalid(fields={"email": str(error)}) from None


def mail_transcript(*, browser: Browser, conversation: UUID, address: normal.Normal, actor: Actor) -> None:
    """Have the transcript mailed to `address`, if that is proven for somebody this browser may see.

    Any other address is kept as a claim, and asked once a day whether it is theirs; nothing that anybody wrote goes
    there. Who asks is never told which of the two it was; nothing is looked up of anybody else.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        found = _found(conversation)
        firm = held_firmly(browser.device, now)
        sure = sure_mailboxes(browser.customers).filter(value=address.value)
        own = sure.filter(customer=found.customer_id).first()
        if own is not None or sure.exists():
            # A key only to whoever the history belongs to, and never on a technician's word alone.
            mail_again(address.value, found, now, with_key=own is not None and found.customer_id in firm)
            return
        # Claimed for whom this browser holds by more than a word: a proof of it would outlive the word.
        holder = found.customer_id if found.customer_id in firm else browser.customer
        customer = Customer.objects.select_for_update().get(pk=holder)
        record_claims(customer=customer, claims={"email": address.shown}, at=now)
        claimed = Identifier.objects.get(customer=holder, kind=Identifier.Kind.EMAIL, value=address.value)
        if not actor.place or allowed(BY_NETWORK, actor.place, now):
            ask_whether_theirs(claimed, found, now, again=True)


def mail_again(address: str, conversation: Conversation, at: datetime, *, with_key: bool) -> bool:
    """Queue a transcript to an address that is proven; whether that was done, within what a mailbox can bear."""
    who = f"{hidden(address)[:40]}:{conversation.pk.hex}"
    if not (allowed(AGAIN, who, at) and allowed(A_DAY, hidden(address), at)):
        return False
    key = new_resume_key(conversation.customer_id, conversation.pk, at) if with_key else None
    queue_transcript(address, conversation, key, at)
    return True


def _found(conversation: UUID) -> Conversation:
    return Conversation.objects.select_related("inbox", "customer").get(pk=conversation)
