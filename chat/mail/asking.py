"""Some days after a fix: is it still fixed? Once by mail, to whoever has a mailbox that is known to be theirs."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from chat.mail.mailboxes import sure_mailboxes
from chat.mail.outbox import HELD_LIFE, queue_held
from chat.models import Outcome, OutcomeState, Status
from customers.models import Identifier, OneTimeLink, Proof
from customers.services.one_time import new_link

logger = logging.getLogger(__name__)

#: Nobody is asked about what was fixed so long before: a worker that was away does not make up for it.
STALE = timedelta(days=30)
MOST_AT_ONCE = 100


def ask_due(now: datetime) -> int:
    """Queue the question for the fixes whose time has come, each once; how many that were."""
    asked = 0
    for outcome in _due(now).select_related("conversation__inbox")[:MOST_AT_ONCE]:
        try:
            with transaction.atomic():
                asked += _ask(outcome, now)
        except ValueError:
            # Asked anew each minute until it is stale; the others do not wait for it.
            logger.exception("Nobody could be asked about outcome %s", outcome.pk)
    return asked


def _due(now: datetime) -> QuerySet[Outcome]:
    mailbox = Identifier.objects.filter(
        customer=OuterRef("conversation__customer"),
        kind=Identifier.Kind.EMAIL,
        proof__in=(Proof.PROVEN, Proof.SIGNED),
    )
    return Outcome.objects.filter(
        Exists(mailbox),
        ask_at__lte=now,
        ask_at__gt=now - STALE,
        asked_at=None,
        state=OutcomeState.UNKNOWN,
        at__gte=F("conversation__resolved_at"),  # the resolution that stands
        conversation__status=Status.RESOLVED,
        conversation__inbox__held_after_days__gt=0,
    ).order_by("ask_at")


def _ask(outcome: Outcome, now: datetime) -> bool:
    mailbox = sure_mailboxes(frozenset({outcome.conversation.customer_id})).first()
    claimed = Outcome.objects.filter(pk=outcome.pk, asked_at=None, state=OutcomeState.UNKNOWN)
    if mailbox is None or claimed.update(asked_at=now) != 1:
        return False  # another worker was first, or it has just been answered
    token = new_link(OneTimeLink.Purpose.HELD, at=now, life=HELD_LIFE, conversation=outcome.conversation_id)
    queue_held(mailbox.value, token, outcome, now)
    return True
