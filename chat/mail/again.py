"""Mails that were put off or given up, tried again at once because somebody has mended what was wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from chat.mail.sending import LEASE
from chat.models import Mail, MailState


def try_again(mails: Iterable[UUID], at: datetime) -> int:
    """Have those of these mails sent next that can still go; how many that are.

    Not those whose text is gone or that would come too late; nor those that go within minutes by themselves: a worker
    may have one of them in its hand, and it would be sent twice.
    """
    stuck = Q(state=MailState.DEAD) | Q(state=MailState.WAITING, due_at__gt=at + LEASE)
    in_time = Q(expires_at=None) | Q(expires_at__gt=at)
    chosen = Mail.objects.filter(stuck & in_time, pk__in=list(mails)).exclude(text="")
    return chosen.update(state=MailState.WAITING, due_at=at, tries=0, error="", done_at=None)
