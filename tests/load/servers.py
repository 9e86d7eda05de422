"""The servers a load run starts: the real one under Daphne or uvicorn, and the bare echo under the same."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.installation import Installation, Server
from tools.environment import ROOT
from tools.services.process import Service

UVICORN_OPTIONS = ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--log-level", "warning"]


def _uvicorn(application: str, port: int) -> list[str | Path]:
    address = ["--app-dir", str(ROOT), "--host", "127.0.0.1", "--port", str(port)]
    return [sys.executable, "-m", "uvicorn", application, *address, *UVICORN_OPTIONS]


class UnderUvicorn(Server):
    """The same application and data, served by uvicorn instead of `manage.py serve`."""

    def command(self) -> Sequence[str | Path]:
        """uvicorn without compression, as docs/ recommends it."""
        return _uvicorn("config.asgi:application", self.port)


@contextlib.contextmanager
def running(kind: str, processes: int) -> Iterator[list[Server]]:
    """So many server processes of an installation of their own, ended and removed with it; `kind`: daphne, uvicorn."""
    installation = Installation(SOCKETS_PER_CUSTOMER="100000")
    with contextlib.ExitStack() as ends:
        ends.callback(installation.close)
        started = [installation.server()]
        if kind == "uvicorn":
            started.pop().stop()  # it has made the database and the demo; from here on uvicorn serves them
            started = [ends.enter_context(UnderUvicorn(installation, {})) for _ in range(processes)]
        else:
            started += [installation.server() for _ in range(processes - 1)]
        yield started


def hire(server: Server, how_many: int, prefix: str = "load") -> list[str]:
    """Make technicians for the load; returns the value of a Cookie header for each."""
    command = [sys.executable, str(ROOT / "tests" / "load" / "staff.py"), str(how_many), prefix]
    done = subprocess.run(command, env=dict(server.environment()), capture_output=True, check=True, text=True)
    cookies: list[str] = json.loads(done.stdout.splitlines()[-1])
    return cookies


class Echo(Service):
    """The bare echo under Daphne or uvicorn."""

    name = "echo"

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.ws = f"ws://127.0.0.1:{self.port}/"

    def command(self) -> Sequence[str | Path]:
        """The stock server, as quiet as it can be."""
        if self.kind == "uvicorn":
            return _uvicorn("tests.load.echo:application", self.port)
        address = ["-b", "127.0.0.1", "-p", str(self.port), "-v", "0", "--no-server-name"]
        return [sys.executable, "-m", "daphne", *address, "tests.load.echo:application"]

    def environment(self) -> Mapping[str, str]:
        """Where to find the application."""
        return {**os.environ, "PYTHONPATH": str(ROOT)}
