"""nginx with the configuration of deploy/nginx, in a folder of its own and on free ports."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.environment import ROOT
from tools.services.packages import NotAvailable, install_packages
from tools.services.process import Service, family, free_port, identity, listens

SHIPPED = ROOT / "deploy" / "nginx"
RELOADED_WITHIN = 20.0  # seconds
#: A change of the site's configuration: to break it on purpose, or to shorten its times.
Change = Callable[[str], str]


class Nginx(Service):
    """nginx as it is shipped, on 127.0.0.1: https at `port`, http at `plain_port`.

    Stands before the servers that `send_to` named last. `certificate` and `key` are PEM texts.
    Raises NotAvailable when nginx or envsubst can neither be found nor installed.
    """

    name = "nginx"

    def __init__(self, *, certificate: str, key: str, change: Change | None = None) -> None:
        self.program, self.filler = find_nginx()
        # A worker that nobody may enter the machine through; nginx itself wants no rights for ports this high.
        super().__init__(user="nobody" if os.geteuid() == 0 else None)
        self.plain_port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.change = change or (lambda text: text)
        self._write("certificate.pem", certificate)
        self._write("key.pem", key)
        self._write("nginx.conf", self._main())

    @property
    def requests(self) -> list[str]:
        """The lines of the access log."""
        return (self.folder / "rapport.log").read_text().splitlines()

    def send_to(self, *ports: int) -> None:
        """Stand before the servers at these ports. An nginx that runs has heard of it when this returns.

        Raises RuntimeError with nginx's words when it does not like the configuration.
        """
        servers = "\n    ".join(f"server 127.0.0.1:{port} max_fails=2 fail_timeout=1s;" for port in ports)
        self._write("conf.d/rapport.conf", self.change(self._filled(servers)))
        self.check()
        if self.process is not None:
            self._reload(self.process)

    def check(self) -> str:
        """What `nginx -t` says. Raises RuntimeError with it when nginx would not start."""
        done = subprocess.run(
            [*self.command(), "-t"], cwd=self.folder, capture_output=True, text=True, **identity(self.user)
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stderr

    def command(self) -> Sequence[str | Path]:
        """In the foreground."""
        where = ["-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        return [self.program, *where, "-g", "daemon off;"]

    def answers(self) -> bool:
        """Whether both ports are open."""
        return listens(self.port) and listens(self.plain_port)

    def _main(self) -> str:
        """The shipped main configuration with Debian's folders exchanged for ours."""
        text = (SHIPPED / "nginx.conf").read_text()
        for theirs in ("/etc/nginx/conf.d/", "/etc/nginx/sites-enabled/", "/etc/nginx/modules-enabled/"):
            assert theirs in text, theirs
            text = text.replace(theirs, f"{self.folder}/{Path(theirs).name}/")
        text = text.replace("/run/nginx.pid", f"{self.folder}/nginx.pid")
        text = text.replace("/var/log/nginx/", f"{self.folder}/")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"\n    {kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        return text.replace("http {", f"http {{{temporary}", 1)

    def _filled(self, servers: str) -> str:
        """The shipped site as the documentation lets people fill it: by envsubst, with the names of the example."""
        values = {
            "RAPPORT_HOST": "127.0.0.1",
            "RAPPORT_URL": self.url,
            "RAPPORT_HTTP": f"127.0.0.1:{self.plain_port}",
            "RAPPORT_HTTPS": f"127.0.0.1:{self.port}",
            "RAPPORT_CERTIFICATE": f"{self.folder}/certificate.pem",
            "RAPPORT_CERTIFICATE_KEY": f"{self.folder}/key.pem",
            "RAPPORT_SERVERS": servers,
            "RAPPORT_LOG": f"{self.folder}/rapport.log",
        }
        return fill((SHIPPED / "rapport.conf").read_text(), values, program=self.filler)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        if self.user:
            shutil.chown(path.parent, self.user)
            shutil.chown(path, self.user)

    def _reload(self, process: subprocess.Popen[bytes]) -> None:
        """Have the new configuration read, and wait until no old worker takes connections any more."""
        before = set(family(process.pid)[1:])
        process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + RELOADED_WITHIN
        while time.monotonic() < deadline:
            now = set(family(process.pid)[1:])
            if now - before and all(map(_takes_no_more, now & before)):
                return
            time.sleep(0.02)
        raise RuntimeError(f"nginx did not take its new configuration:\n{self.last_words()}")


def find_nginx() -> tuple[str, str]:
    """The paths of nginx and envsubst, installed when there are none. Raises NotAvailable."""
    wanted = {"nginx": "nginx-light", "envsubst": "gettext-base"}
    missing = [package for name, package in wanted.items() if _present(name) is None]
    if missing:
        install_packages(*missing)
    found = [_present(name) for name in wanted]
    if None in found:
        raise NotAvailable(f"not found; install the packages {' and '.join(wanted.values())}")
    return str(found[0]), str(found[1])


def fill(template: str, values: Mapping[str, str], *, program: str = "envsubst") -> str:
    """The template with the variables of `values` put in, and nothing else touched."""
    names = " ".join(f"${{{name}}}" for name in values)
    return subprocess.run(
        [program, names], input=template, env=dict(values), capture_output=True, text=True, check=True
    ).stdout


def _present(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _takes_no_more(worker: int) -> bool:
    with contextlib.suppress(OSError):
        return b"shutting down" in Path(f"/proc/{worker}/cmdline").read_bytes()
    return True
