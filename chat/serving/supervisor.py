"""Several server processes on one address: started, watched, replaced one after the other, ended together.

The supervisor opens the address and keeps it open; its children accept from the same sockets. It does nothing else, so
that there is nothing in it that could fail. A child is a new interpreter with the same command line, so that it runs
the code that is on disk when it starts.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from chat.metrics.processes import VARIABLE, process_ended
from chat.serving.shares import Shares

logger = logging.getLogger(__name__)

#: Tells a child what it has inherited: its number, how many there are, the memory of their shares, its line to the
#: supervisor, and the sockets that listen.
INHERITED = "RAPPORT_INHERITED"

ENDS = {signal.SIGTERM, signal.SIGINT}
HEARD = ENDS | {signal.SIGHUP, signal.SIGCHLD}
#: What a child is told when it may accept connections.
GO = b"g"
#: Seconds for a child to become ready: the first one may have to migrate a large database.
START_WITHIN = 600.0
#: Seconds beyond DRAIN_SECONDS for a child to end.
END_WITHIN = 25.0
#: A child that lived shorter than this failed at its start: the next one waits longer, up to the longest.
SHORT_LIFE, LONGEST_PAUSE = 10.0, 30.0


class Child:
    """One server process, and the line on which it says that it is ready and is told to go."""

    def __init__(
        self, number: int, listening: Sequence[socket.socket], shares: Shares, environment: dict[str, str]
    ) -> None:
        self.number = number
        self.began = time.monotonic()
        self._served = False
        self._line, theirs = socket.socketpair()
        fds = [one.fileno() for one in listening]
        inherited = ",".join(map(str, (number, shares.processes, shares.fd, theirs.fileno(), *fds)))
        self.process = subprocess.Popen(  # noqa: S603  (our own command line once more)
            sys.orig_argv,
            env={**os.environ, **environment, INHERITED: inherited},
            pass_fds=[shares.fd, theirs.fileno(), *fds],
            # The supervisor hears signals by waiting for them; its children are to be told by them.
            preexec_fn=_unblock,
        )
        theirs.close()

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def ready(self, within: float) -> bool:
        """Wait until it could serve. False when it ended, or somebody wants us to end, or the time is over."""
        until = time.monotonic() + within
        while self.alive() and not self._says(0.1):
            if time.monotonic() > until or signal.sigpending() & ENDS:
                return False
        return self._served

    def go(self) -> None:
        """Let it accept connections as soon as it can; once, and also before it is ready."""
        with contextlib.suppress(OSError):  # it has ended meanwhile, which is noticed elsewhere
            self._line.sendall(GO)

    def end(self, within: float) -> int:
        """Wait for its end, by force when `within` seconds are over; its exit status."""
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            logger.error("Server process %d did not end in time and is killed", self.process.pid)
            self.process.kill()
            self.process.wait()
        status = self.process.returncode
        # Told to end while it was starting, it had nothing to put in order.
        good = self._says(0) or status != -signal.SIGTERM
        self._line.close()
        return status if good else 0

    def tell_to_end(self) -> None:
        """SIGTERM."""
        self.process.terminate()

    def _says(self, within: float) -> bool:
        """Whether it has said that it could serve; waits for that."""
        if not self._served and select.select([self._line], [], [], within)[0]:
            with contextlib.suppress(OSError):  # it ended without having read what it was told
                self._served = bool(self._line.recv(1))
        return self._served


class Supervisor:
    """Keeps `processes` children serving on `listening`. `drain`: DRAIN_SECONDS."""

    def __init__(
        self, processes: int, listening: Sequence[socket.socket], *, drain: float, folder: Path
    ) -> None:
        self._processes, self._listening, self._drain = processes, listening, drain
        self._shares = Shares.new(processes)
        self._metrics = Path(tempfile.mkdtemp(prefix="metrics-", dir=folder))
        self._children: dict[int, Child] = {}
        self._failures = 0

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT; 0 when every child ended in good order. SIGHUP replaces them one by one."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        try:
            # The first one prepares the database; the others need it.
            first = self._children[0] = self._start(0)
            if not first.ready(START_WITHIN):
                return self._end_all() or 1
            self._children |= {number: self._start(number) for number in range(1, self._processes)}
            for child in self._children.values():
                child.ready(START_WITHIN)
            # All at once, or the first would get everybody who has waited for a restart.
            for child in self._children.values():
                child.go()
            while not self._told_to_end():
                self._replace_dead()
            return self._end_all()
        finally:
            shutil.rmtree(self._metrics, ignore_errors=True)

    def _told_to_end(self) -> bool:
        heard = signal.sigtimedwait(HEARD, 1.0)
        if heard is None:
            return False
        if heard.si_signo == signal.SIGHUP:
            self._roll()
        return heard.si_signo in ENDS

    def _start(self, number: int) -> Child:
        return Child(number, self._listening, self._shares, {VARIABLE: str(self._metrics)})

    def _replace_dead(self) -> None:
        for number, child in list(self._children.items()):
            if child.alive():
                continue
            status, lived = child.end(0), time.monotonic() - child.began
            process_ended(child.process.pid, self._metrics)
            self._shares.of(number).says()
            self._failures = self._failures + 1 if lived < SHORT_LIFE else 0
            pause = min(LONGEST_PAUSE, 2.0**self._failures - 1)
            logger.error(
                "Server process %d ended with %d; the next starts in %.0f s", child.process.pid, status, pause
            )
            if signal.sigtimedwait(ENDS, pause) is not None:
                signal.raise_signal(signal.SIGTERM)  # pending again, for the loop
                return
            self._children[number] = self._start(number)
            self._children[number].go()

    def _roll(self) -> None:
        """A new child for each old one, which goes only when the new one is ready."""
        for number, old in list(self._children.items()):
            new = self._start(number)
            new.go()
            if not new.ready(START_WITHIN):
                logger.error(
                    "The new server process %d did not become ready; the old ones stay", new.process.pid
                )
                new.tell_to_end()
                new.end(self._drain + END_WITHIN)
                return
            self._children[number] = new
            old.tell_to_end()
            old.end(self._drain + END_WITHIN)
            process_ended(old.process.pid, self._metrics)
        logger.info("All server processes are new")

    def _end_all(self) -> int:
        # Held open here, they would go on taking connections that nobody accepts any more: refused, a proxy looks
        # elsewhere.
        for one in self._listening:
            one.close()
        for child in self._children.values():
            child.tell_to_end()
        until = time.monotonic() + self._drain + END_WITHIN
        statuses = [child.end(max(0.0, until - time.monotonic())) for child in self._children.values()]
        return 0 if not any(statuses) else 1


class Inheritance:
    """What a child has from its supervisor."""

    def __init__(self, text: str) -> None:
        self.number, processes, shares, line, *fds = map(int, text.split(","))
        self.share = Shares(shares, processes).of(self.number)
        self.line = socket.socket(fileno=line)
        self.listening = [socket.socket(fileno=fd) for fd in fds]
        for fd in (shares, line, *fds):
            os.set_inheritable(fd, False)

    @property
    def first(self) -> bool:
        """Whether it is to prepare the database, and to do what happens beside serving."""
        return self.number == 0

    def say_ready(self) -> None:
        """The supervisor learns that this process could serve."""
        with contextlib.suppress(OSError):
            self.line.sendall(b"+")

    def hears(self) -> bool:
        """To be called when the line can be read: True for "go", False when the supervisor is gone."""
        try:
            return self.line.recv(1) == GO
        except OSError:
            return False


def inherited() -> Inheritance | None:
    """What this process has from a supervisor; None when there is none."""
    text = os.environ.pop(INHERITED, "")
    return Inheritance(text) if text else None


def _unblock() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
