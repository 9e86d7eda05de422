"""A PostgreSQL of our own: new cluster, free port, password made for it."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.services.packages import NotAvailable, install_packages
from tools.services.process import Service, identity

OLDEST = 14  # what Django 5.2 supports
USER = "rapport"


class PostgreSQL(Service):
    """A new cluster; `url` is what DATABASE_URL wants. Not `durable`, it does not wait for the disk: for tests.

    `buffers`: megabytes it keeps of the database in memory.
    Raises NotAvailable when no server can be found or installed.
    """

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint; SIGTERM would wait for clients

    def __init__(self, *, durable: bool = True, buffers: int = 64) -> None:
        self.programs = find_programs()
        self.buffers = buffers
        self.durable = "on" if durable else "off"
        super().__init__(user=_unprivileged_user())
        self.data = self.folder / "data"
        # Trust would let every account of the machine be the cluster's superuser while the tests run.
        self.password = secrets.token_urlsafe(18)
        try:
            self._create()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """The address of its first database, as superuser."""
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def command(self) -> Sequence[str | Path]:
        """The server in the foreground. No unix socket: a path in a deep TMPDIR may be too long for one."""
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": self.durable,
            "synchronous_commit": self.durable,
            "full_page_writes": self.durable,
            "max_connections": 200,
            "shared_buffers": f"{self.buffers}MB",
            "timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", "-D", self.data, *options]

    def answers(self) -> bool:
        """Accepts sessions, not merely connections: it listens before it has recovered."""
        check = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "2"]
        return subprocess.run(check, capture_output=True, cwd=self.folder).returncode == 0

    def _create(self) -> None:
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.user:
            shutil.chown(secret, self.user)
        where = ["-D", str(self.data), "-U", USER, "--pwfile", str(secret)]
        made = subprocess.run(
            [str(self.programs / "initdb"), *where, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **identity(self.user),
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
        secret.unlink()


def find_programs() -> Path:
    """The folder of a usable `initdb` and `postgres`; installs Debian's package when there is none.

    Raises NotAvailable.
    """
    found = next(_usable(), None)
    if found is None:
        install_packages("postgresql")
        found = next(_usable(), None)
    if found is None:
        raise NotAvailable(f"no PostgreSQL {OLDEST} or newer was found")
    return found


def _usable() -> Iterator[Path]:
    """Debian's own first, the newest of them."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    for folder in [*debian, *([Path(on_path).resolve().parent] if on_path else [])]:
        complete = all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready"))
        if complete and _version(folder) >= OLDEST:
            yield folder


def _version(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return 0
    number = re.search(r"(\d+)", said)
    return int(number.group(1)) if number else 0


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NotAvailable("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")
