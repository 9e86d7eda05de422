"""A whole Rapport for a test: data folder, database, Redis where meant, and its server processes."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakSet

from tests.support.prepared import Prepared, administer, prepared
from tools.environment import ROOT
from tools.services import PostgreSQL, Redis
from tools.services.packages import NotAvailable
from tools.services.process import Service

# High enough that no test meets a limit it did not ask for.
LIFTED = {
    "SOCKET_RATE": "100000",
    "SOCKET_BURST": "100000",
    "SESSION_RATE": "100000",
    "SESSION_BURST": "100000",
}


class Installation:
    """What the server processes of one installation share.

    Embedded unless DATABASE_URL and REDIS_URL are set; then a new database in that PostgreSQL, and a Redis
    of its own, since pub/sub channels are not kept apart by database numbers. With `own_postgresql` it has a
    cluster of its own too, or the one that it makes, for tests that stop, pause or break it. With `own_redis` it has
    a Redis even where REDIS_URL is not set. `fresh`: its first server begins with nothing;
    else it finds a database that was prepared for the whole run, where one fits. `data`: another place for its data
    folder, which need not be there yet.
    """

    def __init__(
        self,
        *,
        own_postgresql: bool | Callable[[], PostgreSQL] = False,
        own_redis: bool = False,
        fresh: bool = False,
        data: Path | None = None,
        **settings: str,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rapport-installation-"))
        self.password = secrets.token_urlsafe(12)
        self.servers: list[Server] = []
        self.postgresql: PostgreSQL | None = None
        self.redis: Redis | None = None
        self._ends = contextlib.ExitStack()
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {
            **LIFTED,
            "DATA_DIR": str(data or self.folder / "data"),
            "DEMO": "true",
            "DEMO_PASSWORD": self.password,
            "SECRET_KEY": secrets.token_urlsafe(48),
        }
        data = Path(self.environment["DATA_DIR"])
        data.mkdir(mode=0o700)
        ready = prepared(self.environment)
        usual = not fresh and not own_postgresql and "DEMO" not in settings
        try:
            self._take_database(own_postgresql, ready if usual else None)
            self._take_redis(own=own_redis)
            if ready is not None:
                ready.give_static(data)
                if usual and not self.database_url:
                    ready.give_sqlite(data)
        except BaseException:
            self.close()
            raise
        self.environment |= settings

    @property
    def database_url(self) -> str | None:
        """The address of its PostgreSQL database; None: SQLite in `sqlite`."""
        return self.environment.get("DATABASE_URL")

    @property
    def sqlite(self) -> Path:
        """The file of the embedded database."""
        return Path(self.environment["DATA_DIR"]) / "rapport.sqlite3"

    def server(self, kind: type[Server] | None = None, /, **settings: str) -> Server:
        """Start another server process of this installation, of the given kind. Raises RuntimeError with its log."""
        server = (kind or Server)(self, settings)
        self._ends.callback(server.close)
        self.servers.append(server)
        server.start()
        return server

    def close(self) -> None:
        """End its servers, then what they stood on, and remove everything."""
        self._ends.close()

    def _take_database(self, own: bool | Callable[[], PostgreSQL], ready: Prepared | None) -> None:
        given = os.environ.get("DATABASE_URL")
        if own:
            self.postgresql = self._ends.enter_context(own() if callable(own) else PostgreSQL())
            self.environment["DATABASE_URL"] = self.postgresql.url
        elif given:
            name = f"rapport_test_{secrets.token_hex(6)}"
            template = f' TEMPLATE "{ready.template}"' if ready is not None else ""
            administer(given, f'CREATE DATABASE "{name}"{template}')
            self._ends.callback(administer, given, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            self.environment["DATABASE_URL"] = urlunsplit(urlsplit(given)._replace(path=f"/{name}"))

    def _take_redis(self, *, own: bool) -> None:
        given = os.environ.get("REDIS_URL")
        if not given and not own:
            return
        redis = Redis()
        if redis.imitated:
            redis.close()
            if not given:
                raise NotAvailable("no Redis was found, and none could be installed")
            self.environment["REDIS_URL"] = given
            return
        self.redis = self._ends.enter_context(redis)
        self.environment["REDIS_URL"] = redis.url


#: Servers that tests of this process have made: what they said last is shown with a failure.
made: WeakSet[Server] = WeakSet()


class Server(Service):
    """`manage.py serve` in a process of its own; `url` and `ws` are its addresses, `password` the demo's.

    `start`, `stop`, `kill`, `restart`, `pause`, `resume` keep port and data. `days_ahead` moves its clock from
    the next start on.
    """

    name = "Rapport"
    #: DRAIN_SECONDS as it comes, and the 25 that docs/settings.md says whoever ends it by force must wait besides.
    stop_within = 35.0

    def __init__(self, installation: Installation, settings: Mapping[str, str]) -> None:
        super().__init__()
        self.installation = installation
        self.settings = dict(settings)
        self.days_ahead = 0.0
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws = f"ws://127.0.0.1:{self.port}"
        self.password = installation.password
        made.add(self)

    def command(self) -> Sequence[str | Path]:
        """This very Python, so that the server runs what the tests import."""
        return [sys.executable, ROOT / "tests" / "support" / "serve.py", str(self.days_ahead)]

    def environment(self) -> Mapping[str, str]:
        """Nothing of an installation's settings but its own."""
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        own = {"HOST": "127.0.0.1", "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        return {**inherited, **self.installation.environment, **own, **self.settings}

    def answers(self) -> bool:
        """Whether it says it is ready."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError, ValueError):
            return False


_NOT_INHERITED = {
    *(
        "ALLOWED_HOSTS",
        "BEHIND_PROXY",
        "DATABASE_URL",
        "DEBUG",
        "DJANGO_SETTINGS_MODULE",
        "PROCESSES",
        "PUBLIC_URL",
    ),
    *("EMAIL_URL", "MAIL_FROM", "REDIS_URL", "WORKER", "http_proxy", "HTTP_PROXY"),
    "PYTHONDONTWRITEBYTECODE",  # or every start of a server would compile all of Django and Twisted again
}
