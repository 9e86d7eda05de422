"""What must be there before the first request. Safe when several servers start at once."""

from __future__ import annotations

import fcntl
import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

from chat.recall.similar_known import known
from customers.models import Customer, Profile
from customers.recognition.keys import rebuild

if TYPE_CHECKING:
    from chat.demo import DemoAccounts

#: Any number: the advisory lock that lets one server migrate at a time.
MIGRATING = 7_268_101


def database() -> None:
    """Bring the database up to date."""
    with _one_at_a_time(MIGRATING):
        call_command("migrate", interactive=False, verbosity=0)
    connection.close()


def static_files() -> None:
    """Collect and hash the static files, unless nothing has changed since the last time."""
    stamp = settings.DATA_DIR / "static.stamp"
    with (settings.DATA_DIR / "static.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        fresh = _fingerprint()
        if stamp.exists() and stamp.read_text() == fresh and settings.STATIC_ROOT.is_dir():
            return
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(fresh)


def demo() -> DemoAccounts:
    """The demo's inbox, accounts and past conversations."""
    from chat.demo import seed

    accounts = seed()
    connection.close()
    return accounts


def recognition() -> None:
    """Make customers findable who came before there was recognition; once, and nothing to do after that."""
    if Customer.objects.exists() and not Profile.objects.exists():
        rebuild()
    connection.close()


def first_visit() -> None:
    """Load what the first visitors would otherwise wait for: all views, and how past problems are worded.

    Every process that serves does it for itself.
    """
    import_module(settings.ROOT_URLCONF)
    known()
    connection.close()


def settle() -> None:
    """What has been loaded stays: from now on Python does not look through it for what may be thrown away.

    Each such look would stop the whole process, with everybody in it.
    """
    gc.collect()
    gc.freeze()


def _fingerprint() -> str:
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            seen.update(
                f"{path} {storage.size(path)} {storage.get_modified_time(path).timestamp()}\n".encode()
            )
    return seen.hexdigest()


@contextmanager
def _one_at_a_time(number: int) -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0; SELECT pg_advisory_lock(%s)", [number])
        try:
            yield
        finally:
            # The connection goes on to serve from the pool, where nobody may wait for a lock without end.
            cursor.execute("SELECT pg_advisory_unlock(%s); RESET lock_timeout", [number])
