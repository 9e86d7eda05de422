"""A server that starts in a blink, because it is forked from a process that has imported everything."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support.installation import Installation, Server
from tools.environment import ROOT
from tools.services.process import START_WITHIN

#: Settings with which is noticed soon what a server did not announce.
BRISK = {"HEARTBEAT": "2", "SWEEP": "1"}
NURSERY = ROOT / "tests" / "faults" / "nursery.py"


class Forked(Server):
    """As `Server`. For the next start: `spoilt` names modules of tests/faults that spoil it, `fail_at` a point of
    tests/faults/failing.py, `days_ahead` moves its clock.

    `start`, `stop`, `kill`, `pause` and `resume` are about the server; `close` ends what forks it as well.
    """

    def __init__(self, installation: Installation, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(installation, settings or {})
        self.spoilt: Sequence[str] = ()
        self.fail_at = ""
        self._child: int | None = None

    def command(self) -> Sequence[str | Path]:
        """What forks."""
        return [sys.executable, NURSERY]

    def start(self) -> Self:
        """Fork a server and return when it is ready. Raises RuntimeError with its log when it does not get so far."""
        self.begin()
        deadline = time.monotonic() + START_WITHIN
        while not self.answers():
            if self.ended() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.name} did not start:\n{self.last_words()}")
            time.sleep(0.01)
        return self

    @contextlib.contextmanager
    def serving(self, *spoilt: str, days_ahead: float = 0.0) -> Iterator[Self]:
        """A server for a block, spoilt in these ways; it ends as if killed, and the next one is sound again."""
        self.spoilt, self.days_ahead = spoilt, days_ahead
        try:
            yield self.start()
        finally:
            self.kill()
            self.spoilt, self.fail_at, self.days_ahead = (), "", 0.0

    def begin(self) -> None:
        """Fork a server, without waiting for it."""
        if self.process is None:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    [str(part) for part in self.command()],
                    cwd=self.folder,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self.environment(),
                    start_new_session=True,
                )
        assert self.process.stdin
        order = {"spoilt": list(self.spoilt), "fail_at": self.fail_at, "days_ahead": self.days_ahead}
        self.process.stdin.write(f"{json.dumps(order)}\n".encode())
        self.process.stdin.flush()
        self._child = self._hear(START_WITHIN)
        if self._child is None:
            raise RuntimeError(f"{self.name} could not be forked:\n{self.last_words()}")

    def ended(self, within: float = 0.0) -> int | None:
        """The exit status of the server, if it ends within so many seconds; -9 when it was killed."""
        if self._child is None:
            return None
        status = self._hear(within)
        if status is not None:
            self._child = None
        return status

    def fail(self) -> None:
        """Let it die at its fail point; by itself, so this may take a moment, or for ever without traffic."""
        self.send(signal.SIGUSR1)
        if self.ended(self.stop_within) is None:
            self.kill()
            raise AssertionError(f"nothing came by the fail point {self.fail_at!r}")

    def send(self, number: signal.Signals) -> None:
        """Signal the server."""
        if self._child is not None:
            os.kill(self._child, number)

    def pause(self) -> None:
        """Freeze the server."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.send(signal.SIGCONT)

    def close(self) -> None:
        """End the server and what forks it."""
        self.stop()
        if self.process is not None:
            for pipe in (self.process.stdin, self.process.stdout):
                assert pipe
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
            try:
                self.process.wait(self.stop_within)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: signal.Signals) -> int | None:
        if self._child is None:
            return None
        self.resume()
        self.send(number)
        status = self.ended(self.stop_within)
        if status is None:
            self.send(signal.SIGKILL)
            status = self.ended(self.stop_within)
        return status

    def _hear(self, within: float) -> int | None:
        """The next number that comes out of the nursery; None when there is none in time, or it is dead."""
        assert self.process
        assert self.process.stdout
        out = self.process.stdout.fileno()
        if not select.select([out], [], [], within)[0]:
            return None
        line = b""
        while not line.endswith(b"\n"):
            part = os.read(out, 1)
            if not part:
                return None
            line += part
        return int(line)
