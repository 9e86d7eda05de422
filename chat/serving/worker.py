"""What has to be done without anybody asking: mails, the question whether a fix held, the index, cleaning up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections

from chat.errors import Unavailable
from chat.log.parts import keep_ahead
from chat.mail.asking import ask_due
from chat.mail.sending import send_due
from chat.mail.tidy import tidy
from chat.recall.pending import index_pending
from chat.services.absence import Absences
from chat.serving.worked import Worked
from customers.recognition import catch_up_all, marked

logger = logging.getLogger(__name__)

#: Seconds between two looks, for each kind of work. Somebody waits for a code, and whoever was here a moment ago may
#: be back; nobody waits for the others.
RECOGNISING = 0.25
#: Instead, for a worker that is woken by marks, as long as there are none.
QUIET = 1.0
SENDING = 1.0
INDEXING = 5.0
ASKING = 60.0
TIDYING = 900.0
LOOKING_AFTER = 2.0
#: Seconds for customers at a stretch: mails wait in the same thread.
STRETCH = 2.0


class Worker:
    """Looks for work in a thread of its own until it is stopped. Any number may run on one database.

    Somebody new is made findable within RECOGNISING seconds of being marked. With `woken`, for a worker in a process
    that makes marks itself, those of this process wake it; marks of others it finds within QUIET seconds.
    """

    def __init__(self, *, woken: bool = False) -> None:
        self._woken = woken
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._worked = Worked()

    def start(self) -> None:
        """Begin; once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
            self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Finish the mail in hand, begin no other, and end. After `patience` seconds its lease takes care of it."""
        self._stop.set()
        marked.set()
        if self._thread is not None:
            self._thread.join(patience)

    def everything(self) -> None:
        """Do all that is due now, once, in this thread."""
        for work in (tidy, keep_ahead, ask_due):
            work(datetime.now(UTC))
        catch_up_all(self._going_on)
        while index_pending(self._stop.is_set):
            pass
        while send_due(self._stop):
            pass
        for name in ("recognising", "sending", "asking", "indexing", "tidying"):
            self._worked.note(name)
        self._worked.write()

    def _going_on(self) -> bool:
        return not self._stop.is_set()

    def _recognise(self) -> None:
        until = time.monotonic() + STRETCH
        marked.clear()  # before the look: what is marked from here on wakes us again
        if catch_up_all(lambda: time.monotonic() < until and self._going_on()):
            marked.set()  # some may be left, and where one comes more do

    def _rest(self, due: dict[str, float]) -> bool:
        """Wait until something is due, or somebody is marked and others had time to join them; False: it is the end."""
        pause = max(RECOGNISING, min(due.values()) - time.monotonic())
        if not self._woken or self._stop.is_set():
            self._stop.wait(pause)
        elif marked.wait(pause):
            self._stop.wait(RECOGNISING)
            due["recognising"] = 0.0
        return not self._stop.is_set()

    def _run(self) -> None:
        absences = Absences()
        works: dict[str, tuple[float, Callable[[], object]]] = {
            "recognising": (QUIET if self._woken else RECOGNISING, self._recognise),
            "sending": (SENDING, lambda: send_due(self._stop)),
            "asking": (ASKING, lambda: ask_due(datetime.now(UTC))),
            "indexing": (INDEXING, lambda: index_pending(self._stop.is_set)),
            "looking after absences": (LOOKING_AFTER, lambda: absences.look(time.monotonic())),
            "tidying": (TIDYING, lambda: (tidy(datetime.now(UTC)), keep_ahead(datetime.now(UTC)))),
        }
        due = dict.fromkeys(works, 0.0)
        try:
            while self._rest(due):
                now = time.monotonic()  # of all of them: what is due together stays so
                for name, (pause, work) in works.items():
                    if due[name] <= now and not self._stop.is_set():
                        due[name] = now + pause
                        if _carefully(name, work):
                            self._worked.note(name)
                _carefully("account", self._worked.write)
                if connection.vendor == "postgresql":
                    connection.close()  # back to the pool
        finally:
            connections.close_all()


def _carefully(name: str, work: Callable[[], object]) -> bool:
    """Do it, and whether it went well; what goes wrong is written down and tried again with the next look."""
    try:
        work()
        return True
    except (DatabaseError, InterfaceError, Unavailable, TimeoutError) as error:
        logger.warning("The worker's %s will be tried again (%s)", name, type(error).__name__)
        connection.close()
    except Exception:
        logger.exception("The worker's %s failed", name)
        connection.close()
    return False


_own = Worker(woken=True)


def start_inside() -> None:
    """Begin inside this server process, where WORKER says so."""
    if settings.WORKER:
        _own.start()


def stop_inside() -> None:
    """End it in good order, where it runs."""
    _own.stop()
