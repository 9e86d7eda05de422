"""Sending what is queued: claimed by one worker at a time, tried again until it goes, never again after that."""

from __future__ import annotations

import asyncio
import logging
import random
import smtplib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parseaddr
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import OperationalError, connection, transaction
from django.db.models import Case, F, Q, QuerySet, TextField, Value, When

from chat.errors import Unavailable
from chat.log import writer
from chat.models import Mail, MailState
from customers.text import one_line

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

#: How long a claimed mail is left to the worker that claimed it. Longer than the slowest conversation with a mail
#: server (EMAIL_TIMEOUT for each of its steps), so that only a worker that died is taken over from.
LEASE = timedelta(minutes=5)
#: Tries of one mail: with the pauses below, about a day.
MOST_TRIES = 20
FIRST_PAUSE = 10.0  # seconds, doubled with each try
LONGEST_PAUSE = 2 * 3600.0
#: Seconds between two tries to write down that a mail has gone.
RECORDING_PAUSE = 1.0
#: Mails sent before other work gets its turn.
MOST_AT_ONCE = 50

_warned_at: float | None = None


class _Refused(Exception):
    """This mail will never be taken."""


class _Later(Exception):
    """Not now; `server_away` when the next mail would fare no better."""

    def __init__(self, words: str, *, server_away: bool = False) -> None:
        self.server_away = server_away
        super().__init__(words)


def send_due(stop: threading.Event | None = None) -> int:
    """Send the mails whose time has come; how many the mail server has taken.

    A mail that was taken is never sent again. One whose fate is unknown (the connection was cut after the text) is
    sent again under the same Message-ID, by which mailboxes know a second copy. Without a mail server nothing is
    sent: mails wait, and are given up when they have become useless. Once `stop` is set no other mail is begun.
    """
    stop = stop or threading.Event()
    with connection.cursor() as cursor:  # asked every second, so without the ORM
        cursor.execute("SELECT 1 FROM chat_mail WHERE state = %s LIMIT 1", [MailState.WAITING])
        if cursor.fetchone() is None:
            return 0
    now = datetime.now(UTC)
    late = _waiting().filter(expires_at__lte=now)
    if late.exists():
        _write(_give_up, late, "Not sent in time", now)
    if not _waiting().filter(due_at__lte=now).exists():
        return 0
    if not settings.MAIL_SERVER:
        _complain()
        return 0
    door = _Door()
    sent = 0
    try:
        for _ in range(MOST_AT_ONCE):
            mail = None if stop.is_set() else _write(_claim, datetime.now(UTC))
            if mail is None:
                break
            try:
                door.hand_in(mail)
            except _Refused as refused:
                logger.warning("Mail %s was refused for good: %s", mail.pk, _first_word(refused))
                _write(_give_up, Mail.objects.filter(pk=mail.pk), str(refused), datetime.now(UTC))
            except _Later as later:
                logger.warning("Mail %s: try %d failed: %s", mail.pk, mail.tries, _first_word(later))
                _write(_put_off, mail, str(later))
                if later.server_away:
                    break
            except Exception:
                # It may be this mail that we cannot write: it waits as others do, and is given up with its reason.
                logger.exception("Mail %s: try %d failed", mail.pk, mail.tries)
                door.close()
                _write(_put_off, mail, "Rapport could not hand it in; its log says why")
            else:
                _surely(_mark_sent, mail, stop)
                sent += 1
    finally:
        door.close()
    return sent


class _Door:
    """A connection to the mail server, opened when it is needed and used for several mails."""

    def __init__(self) -> None:
        self._backend: Any = None

    def hand_in(self, mail: Mail) -> None:
        """Returns only when the server has taken the mail. Raises _Refused or _Later."""
        try:
            message = _message(mail)
        except ValueError:
            raise _Refused("This cannot be written as a mail") from None
        try:
            if self._backend is None:
                self._backend = get_connection()
                self._backend.open()
        except (smtplib.SMTPException, OSError) as error:
            self._backend = None
            raise _Later(_words(error), server_away=True) from None
        try:
            taken = self._backend.send_messages([message])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()), (0, b""))
            self._later_or_never(code, _reply(code, words))
        except smtplib.SMTPDataError as error:
            self._later_or_never(error.smtp_code, _words(error))
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise _Later(_words(error)) from None
        except ValueError:
            raise _Refused("This address cannot be written in a mail") from None
        else:
            if not taken:
                raise _Later("The mail server did not take it")

    def close(self) -> None:
        """Say goodbye. What goes wrong here is of no consequence: what was taken is taken."""
        backend, self._backend = self._backend, None
        try:
            if backend is not None:
                backend.close()
        except (smtplib.SMTPException, OSError):
            pass

    def _later_or_never(self, code: int, words: str) -> None:
        # The server may have dropped us with its refusal; the next mail gets a connection of its own.
        self.close()
        if 500 <= code < 600:
            raise _Refused(words)
        raise _Later(words)


def _message(mail: Mail) -> EmailMessage:
    """Always the same for one mail: a second copy can be told by its Message-ID. Raises ValueError."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return EmailMessage(
        subject=mail.subject,
        body=mail.text,
        to=[mail.to],
        headers={
            "Message-ID": f"<{mail.pk}@{domain}>",
            "Date": format_datetime(mail.at),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )


def _waiting() -> QuerySet[Mail]:
    return Mail.objects.filter(state=MailState.WAITING)


def _claim(now: datetime) -> Mail | None:
    """The mail that has waited longest, ours for LEASE. Of several workers each gets another."""
    with transaction.atomic():
        due = _waiting().filter(due_at__lte=now).order_by("due_at")
        mail = due.select_for_update(skip_locked=True).first()
        if mail is not None:
            mail.due_at, mail.tries = now + LEASE, mail.tries + 1
            mail.save(update_fields=["due_at", "tries"])
    return mail


def _mark_sent(mail: Mail) -> None:
    """Whatever became of the lease: it has gone. The text may hold a code, and is not needed any more."""
    Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT, text="", error="", done_at=datetime.now(UTC))


def _put_off(mail: Mail, words: str) -> None:
    now = datetime.now(UTC)
    ours = _waiting().filter(pk=mail.pk, tries=mail.tries)
    if mail.tries >= MOST_TRIES:
        _give_up(ours, words, now)
        return
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (mail.tries - 1))
    pause *= random.uniform(0.75, 1.25)  # noqa: S311  (so that mails of one outage do not all come back at once)
    ours.update(due_at=now + timedelta(seconds=pause), error=words[:200])


def _give_up(mails: QuerySet[Mail], words: str, now: datetime) -> None:
    """Not tried again by itself. What would still be of use keeps its text for `again.try_again`; codes never do."""
    useful = ~Q(kind=Mail.Kind.CODE) & Q(expires_at__gt=now)
    mails.filter(state=MailState.WAITING).update(
        state=MailState.DEAD,
        text=Case(When(useful, then=F("text")), default=Value(""), output_field=TextField()),
        error=words[:200],
        done_at=now,
    )


def _write(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do a small write; beside a busy log on SQLite in the log's own thread, or it would hardly get its turn."""
    running = writer.running()
    if running is None or connection.vendor == "postgresql":
        return work(*args, **kwargs)
    try:
        return asyncio.run_coroutine_threadsafe(running.run(work, *args, **kwargs), running.loop).result(30)
    except RuntimeError:  # it is on its way out
        return work(*args, **kwargs)


def _surely(work: Callable[[Mail], None], mail: Mail, stop: threading.Event) -> None:
    """What must not be forgotten, for as long as the lease lasts: or the mail would be sent once more.

    Whoever is told to stop tries one last time: a database that is away must not keep a process from ending.
    """
    end = time.monotonic() + LEASE.total_seconds() / 2
    last = stop.is_set()
    while True:
        try:
            return _write(work, mail)
        except (OperationalError, Unavailable, TimeoutError):
            connection.close()
            if last or time.monotonic() > end:
                logger.exception("Mail %s was sent, but this could not be written down", mail.pk)
                return None
            last = stop.wait(RECORDING_PAUSE)


def _complain() -> None:
    global _warned_at
    if _warned_at is None or time.monotonic() - _warned_at > 3600:
        _warned_at = time.monotonic()
        logger.warning("EMAIL_URL is not set: %d mails wait and nobody gets them", _waiting().count())


def _first_word(error: Exception) -> str:
    """The server's number, or what kind of error it was. Its sentence may name the address: not for the log."""
    return str(error).partition(" ")[0]


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, error.smtp_error)
    return type(error).__name__


def _reply(code: int, words: bytes | str) -> str:
    """What the server said, on one line. Of no use to anybody but whoever looks after the mail server."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return one_line(f"{code} {text}", 200)
