"""What the replay goes to: two server processes behind nginx, on Redis and a PostgreSQL that waits for the disk."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import psutil

from tests.support.installation import Server
from tests.support.proxied import Proxied
from tools.environment import ROOT
from tools.services import PostgreSQL, Redis

ROLLED = "All server processes are new"
REPLACED_WITHIN = 180.0  # seconds


def spoilt_by(module: str) -> type[Server]:
    """A kind of server that `module` of tests/faults has broken."""

    class Spoilt(Server):
        """Its child processes begin with the same command."""

        def command(self) -> Sequence[str | Path]:
            return [sys.executable, ROOT / "tests" / "load" / "replay" / "spoilt.py", module]

    return Spoilt


class Site:
    """An installation of its own; a context manager. `apart`: two servers with a process each instead of one with two.

    `spoilt` names a module of tests/faults that breaks the servers. Other arguments are settings. Raises NotAvailable
    where something that it stands on cannot be had.
    """

    def __init__(self, *, apart: bool = False, spoilt: str = "", **settings: str) -> None:
        how: dict[str, Any] = {"PROCESSES": "1" if apart else "2", **settings}
        if spoilt:
            how["kind"] = spoilt_by(spoilt)
        self.apart = apart
        self._proxied = Proxied(servers=2 if apart else 1, own_postgresql=True, own_redis=True, **how)
        self.installation = self._proxied.installation
        self.url, self.trust = self._proxied.url, self._proxied.trust

    @property
    def postgresql(self) -> PostgreSQL:
        """Its database."""
        assert self.installation.postgresql
        return self.installation.postgresql

    @property
    def redis(self) -> Redis:
        """Its bus."""
        assert self.installation.redis
        return self.installation.redis

    def processes(self) -> list[int]:
        """The ids of the processes that serve."""
        running = [server.process.pid for server in self._proxied.servers if server.process]
        return running if self.apart else _children(running[0])

    def roll(self) -> None:
        """Replace the processes one after the other, in order. Raises RuntimeError when that does not come to an end."""
        if self.apart:
            for server in self._proxied.servers:
                server.restart()
            return
        [server] = self._proxied.servers
        assert server.process
        rolled = server.log.read_text().count(ROLLED)
        os.kill(server.process.pid, signal.SIGHUP)
        self._wait(lambda: server.log.read_text().count(ROLLED) > rolled)

    def kill_one(self, which: int) -> None:
        """`kill -9` for one process; who looks after it starts another. Returns when that has the first connections."""
        if self.apart:
            server = self._proxied.servers[which % 2]
            server.kill()
            server.start()
            return
        before = set(self.processes())
        os.kill(sorted(before)[which % 2], signal.SIGKILL)
        self._wait(lambda: any(_serves(one) for one in set(self.processes()) - before))

    def __enter__(self) -> Self:
        self._proxied.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._proxied.close()

    def _wait(self, so: Callable[[], bool]) -> None:
        until = time.monotonic() + REPLACED_WITHIN
        while not so():
            if time.monotonic() > until:
                raise RuntimeError(f"no new processes:\n{self._proxied.servers[0].last_words()}")
            time.sleep(0.05)


def _serves(pid: int) -> bool:
    """Whether somebody is connected to this process; what it is connected to itself does not count."""
    with contextlib.suppress(psutil.NoSuchProcess):
        connections = psutil.Process(pid).net_connections("tcp")
        listening = {one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN}
        return any(
            one.laddr.port in listening for one in connections if one.status == psutil.CONN_ESTABLISHED
        )
    return False


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
