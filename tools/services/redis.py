"""A Redis of our own: free port, nothing on disk."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

from tools.environment import PYTHON
from tools.services.packages import NotAvailable, install_packages
from tools.services.process import Service

IMITATION = (
    "from fakeredis import TcpFakeServer; import sys;"
    "TcpFakeServer(('127.0.0.1', int(sys.argv[1])), server_type='redis').serve_forever()"
)


class Redis(Service):
    """An empty Redis; `url` is what REDIS_URL wants. `imitated` tells that it is only fakeredis."""

    name = "Redis"

    def __init__(self) -> None:
        super().__init__()
        self.program = find_redis()

    @property
    def imitated(self) -> bool:
        """Whether no real Redis could be had."""
        return self.program is None

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str | Path]:
        """The server in the foreground."""
        if self.program is None:
            return [PYTHON, "-c", IMITATION, str(self.port)]
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self.folder}
        return [
            self.program,
            *(str(part) for name, value in options.items() for part in (f"--{name}", value)),
        ]

    def answers(self) -> bool:
        """Answers PING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as wire:
                wire.sendall(b"*1\r\n$4\r\nPING\r\n")
                return wire.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def find_redis() -> str | None:
    """A `redis-server` or `valkey-server`, installed when there is none; None: only fakeredis is left."""
    found = _on_path()
    if found is None:
        try:
            install_packages("redis-server")
        except NotAvailable:
            return None
        found = _on_path()
    return found


def _on_path() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")
