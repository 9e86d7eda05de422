"""Imports all of the server once and forks a new one whenever it is told to.

A start of `manage.py serve` takes seconds, nearly all of them for imports; a kill in the tests should not cost that.
What is forked and killed is the whole real server: it reads and migrates the database, listens, and has its own
threads. The process that forks has none of it: no event loop, no connection, no thread.

One line of JSON in for each start, `{"spoilt": […], "fail_at": …, "days_ahead": …}`; out come its process id and,
when it is gone, how it ended. What spoils it, such as `mutants.accept_first`, are modules of tests/faults with a
function `spoil`, which is called in the new process.
"""

import gc
import importlib
import json
import os
import sys
import threading
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

#: Everything that a server imports, but for what makes Twisted's reactor, which a fork must not share.
SERVER = (
    *("chat.consumers.routing", "config.handler", "config.urls", "chat.serving.worker", "chat.demo"),
    *("chat.serving.prepare", "chat.management.commands.serve", "django.core.management.commands.migrate"),
    *(
        "twisted.web.server",
        "twisted.internet.endpoints",
        "twisted.internet.asyncioreactor",
        "daphne.endpoints",
    ),
    *("autobahn.twisted.websocket", "psycopg", "psycopg_pool"),
)


def main() -> None:
    """Get ready, then fork at every line until there are no more."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    for name in SERVER:
        importlib.import_module(name)
    from django.db.migrations.loader import MigrationLoader

    MigrationLoader(None)  # reads the migrations' files; without a connection it asks no database
    assert not {"twisted.internet.reactor", "minify"} & sys.modules.keys()  # neither lives through a fork
    assert threading.active_count() == 1
    gc.freeze()  # or the first collection in each child would copy all of it
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _serve(**json.loads(line))
        _tell(child)
        _tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _serve(*, spoilt: list[str], fail_at: str, days_ahead: float) -> None:
    """Be a server, to the end."""
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        for name in spoilt:
            importlib.import_module(f"tests.faults.{name}").spoil()
        if fail_at:
            from tests.faults import failing

            failing.prepare(fail_at)
        from tests.support import serve

        serve.main(days_ahead)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  (printed, and the fork ends here whatever it is)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
