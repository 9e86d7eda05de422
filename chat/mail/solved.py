"""A conversation was solved: its customer gets the transcript, or is asked whether the address is theirs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chat.mail.mailboxes import ask_whether_theirs, sure_mailboxes, typed_mailboxes
from chat.mail.outbox import queue_transcript
from chat.models import Conversation
from customers.services.keys import new_resume_key


def mail_solved(conversation: UUID, at: datetime) -> str | None:
    """Queue what follows a resolution, in its transaction; the resume key that was mailed, None when none was.

    The transcript goes to an address that is proven for this very customer. One that was only typed gets the
    question whether it was them, once, and nothing else.
    """
    found = Conversation.objects.select_related("inbox").get(pk=conversation)
    sure = sure_mailboxes(frozenset({found.customer_id})).first()
    if sure is not None:
        key = new_resume_key(found.customer_id, found.pk, at)
        queue_transcript(sure.value, found, key, at)
        return key
    typed = typed_mailboxes(found.customer_id).first()
    if typed is not None:
        ask_whether_theirs(typed, found, at, again=False)
    return None
