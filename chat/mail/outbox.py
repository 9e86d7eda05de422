"""Mails are queued here: rows in the caller's transaction, so that either both are there afterwards or neither."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from chat.mail import texts
from chat.mail.transcript import as_text, transcript_of
from chat.models import Conversation, Mail, MailState, Outcome
from customers import normal
from customers.models import Inbox
from customers.text import one_line

#: How long a link in each mail is good; whoever makes the link takes it from here.
CODE_LIFE = timedelta(minutes=15)
CONFIRM_LIFE = timedelta(days=14)
NOTICE_LIFE = timedelta(days=30)
HELD_LIFE = timedelta(days=14)
#: A mail that could not be sent for so long comes too late to be of use.
LATEST = timedelta(days=3)


def queue_code(to: str, code: str, link_token: str, inbox: Inbox, at: datetime, live: bool) -> Mail:
    """The six digits and the link for somebody who says that they have been here before.

    With `live` false the same is written to an address that opens nothing, so that it costs the same; that row is
    void: nobody ever sees it, it is not sent, and no secret stands in it. Raises ValueError for what is no address.
    """
    text = texts.CODE.format(inbox=_name(inbox), code=code, url=link_url(link_token))
    subject = f"Your code for {_name(inbox)}"
    if not live:
        text = "-" * len(text)
    return _queue(Mail.Kind.CODE, to, subject, text, at, life=CODE_LIFE, void=not live)


def queue_confirm(
    to: str, token: str, inbox: Inbox, spoke_at: datetime, at: datetime, conversation: UUID | None = None
) -> Mail:
    """ "Was this you?", to an address that was only typed. Holds nothing that a visitor wrote. Raises ValueError."""
    text = texts.CONFIRM.format(
        inbox=_name(inbox), date=day(spoke_at), url=link_url(token), until=day(at + CONFIRM_LIFE)
    )
    subject = f"Was this you? A conversation with {_name(inbox)}"
    return _queue(Mail.Kind.CONFIRM, to, subject, text, at, conversation)


def queue_notice(to: str, token: str, inbox: Inbox, at: datetime, conversation: UUID | None = None) -> Mail:
    """To an old mailbox: your history was opened on a technician's word; `token` says that it was not you.

    Holds nothing that a visitor wrote. Raises ValueError.
    """
    text = texts.NOTICE.format(
        inbox=_name(inbox), date=day(at), url=link_url(token), until=day(at + NOTICE_LIFE)
    )
    subject = f"Your conversations with {_name(inbox)} were opened"
    return _queue(Mail.Kind.NOTICE, to, subject, text, at, conversation)


def queue_transcript(to: str, conversation: Conversation, resume_key: str | None, at: datetime) -> Mail:
    """What was said, as the customer may see it, and a key to come back with. Only to a proven address.

    Raises ValueError for what is no address.
    """
    text = as_text(transcript_of(conversation), resume_key)
    subject = f"Your conversation with {_name(conversation.inbox)} ({conversation.case_code})"
    return _queue(Mail.Kind.TRANSCRIPT, to, subject, text, at, conversation.pk)


def queue_held(to: str, token: str, outcome: Outcome, at: datetime) -> Mail:
    """Is it still fixed? Only to a proven address. Raises ValueError for what is no address."""
    conversation = outcome.conversation
    text = texts.HELD.format(
        inbox=_name(conversation.inbox),
        date=day(outcome.at),
        problem=texts.indented(outcome.problem or conversation.subject),
        fix=texts.indented(outcome.fix),
        url=link_url(token),
        until=day(at + HELD_LIFE),
    )
    subject = f"Is it still fixed? ({conversation.case_code})"
    return _queue(Mail.Kind.HELD, to, subject, text, at, conversation.pk)


def link_url(token: str) -> str:
    """The address of a one-time link. The token stands behind the #, which no server and no log ever gets."""
    return f"{settings.PUBLIC_URL}/link/#{token}"


def day(at: datetime) -> str:
    """A date as people write it."""
    return f"{at.day} {at:%B %Y}"


def _queue(
    kind: Mail.Kind,
    to: str,
    subject: str,
    text: str,
    at: datetime,
    conversation: UUID | None = None,
    *,
    life: timedelta = LATEST,
    void: bool = False,
) -> Mail:
    state = MailState.VOID if void else MailState.KEPT if settings.DEMO else MailState.WAITING
    return Mail.objects.create(
        kind=kind,
        to=normal.email(to).value,
        subject=one_line(subject, 200),
        text=text,
        conversation=conversation,
        state=state,
        at=at,
        due_at=at,
        expires_at=at + life,
        done_at=None if state == MailState.WAITING else at,
    )


def _name(inbox: Inbox) -> str:
    return one_line(inbox.name, 80) or "our support"
