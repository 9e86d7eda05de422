"""A service started in a folder of its own, on a free port, and ended by its process id."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self, TypedDict

START_WITHIN = 120.0  # seconds; a cold disk on a busy build machine. One that has died is noticed at once
WORKERS, PORTS = 8, 1875  # processes of a test run side by side, and ports for each
_given: set[int] = set()


class Identity(TypedDict, total=False):
    """Arguments of subprocess that choose whose process it is."""

    user: str
    group: int
    extra_groups: list[int]


class Service:
    """Something with `start`, `stop`, `kill`, `pause` and `resume`; its data outlive a stop, not a `close`.

    A subclass gives `command` and `answers`, and may run it as another `user`.
    """

    name = "service"
    stop_signal = signal.SIGTERM
    #: Seconds that it has to end in order.
    stop_within = 20.0

    def __init__(self, *, user: str | None = None) -> None:
        self.user = user
        self.port = free_port()
        self.folder = private_folder(self.name.lower(), user)
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str | Path]:
        """What to run in the foreground."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str] | None:
        """Its environment; None means ours."""
        return None

    def answers(self) -> bool:
        """Whether it takes connections now."""
        return listens(self.port)

    def start(self) -> Self:
        """Start it and return when it answers. Raises RuntimeError with its log when it does not."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(),
                start_new_session=True,  # Ctrl-C is for the tests; what they stand on ends after them
                **identity(self.user),
            )
        deadline = time.monotonic() + START_WITHIN
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.name} did not start:\n{self.last_words()}")
            time.sleep(0.03)
        return self

    def stop(self) -> int | None:
        """End it in order; by force after a while. The exit status, or None when it did not run."""
        return self._end(self.stop_signal)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        """Stop and start again on the same port with the same data."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Freeze it: connections stay, nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def last_words(self, lines: int = 30) -> str:
        """The end of its log."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return "(no log)"

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def _signal(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            for pid in family(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def _end(self, number: signal.Signals) -> int | None:
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.resume()  # a frozen process does not hear SIGTERM
            if number is signal.SIGKILL:
                self._signal(number)
            else:
                self.process.send_signal(number)
            try:
                self.process.wait(self.stop_within)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self.process.wait()
        status, self.process = self.process.returncode, None
        return status


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on at the moment.

    Below the range from which the system gives ports to clients: a server that is killed and started again
    must not find that one of its own reconnecting clients has been given its port. No port is given twice, and tests
    that run side by side choose from different ones: between the choice and the start another might take it.
    """
    beside = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or WORKERS - 1
    first = 15_000 + int(beside) % WORKERS * PORTS
    for port in random.sample(sorted(set(range(first, first + PORTS)) - _given), 200):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            _given.add(port)
            return port
    raise RuntimeError("no free port between 15000 and 30000")


def listens(port: int) -> bool:
    """Whether something on 127.0.0.1 accepts connections at `port`."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def private_folder(name: str, user: str | None) -> Path:
    """A new folder only `user` (None: ourselves) can enter, in a place that user can reach."""
    places = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]
    place = next((p for p in places if user is None or _everybody_may_pass(p)), places[0])
    folder = Path(tempfile.mkdtemp(prefix=f"rapport-{name}-", dir=place))
    if user:
        shutil.chown(folder, user)
    return folder


def identity(user: str | None) -> Identity:
    """Run a process as `user`, without our groups; None: as ourselves."""
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def family(pid: int) -> list[int]:
    """A process and all its descendants, parents first.

    A process group is not enough: PostgreSQL gives each of its children a group of its own, and a child
    must not go on by itself when its parent is paused or killed.
    """
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # "pid (any name at all) state parent …"
            parent = int(entry.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found = [pid]
    for member in found:  # grows while it is walked
        found.extend(children.get(member, []))
    return found


def _everybody_may_pass(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return all(path.stat().st_mode & 0o001 for path in [folder, *folder.parents])
    return False
