"""`manage.py serve`: make the database and the static files ready, then serve under Daphne."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chat.serving import banner, prepare
from chat.serving.listening import CannotListen, listen
from chat.serving.lock import AlreadyServed, hold
from chat.serving.safety import Unsafe, check
from chat.serving.supervisor import Inheritance, Supervisor, inherited

if TYPE_CHECKING:
    from chat.demo import DemoAccounts


class Command(BaseCommand):
    """Serves Rapport on HOST and PORT."""

    help = (
        "Serve Rapport on HOST:PORT (from the environment). Migrates the database first. SIGTERM ends it in good "
        "order; with several processes SIGHUP replaces them one after the other, without a moment's pause."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How many processes."""
        parser.add_argument(
            "--processes",
            type=int,
            default=settings.PROCESSES,
            help="Server processes on this address (default: PROCESSES, else 1). Needs PostgreSQL and Redis.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, print where to go, serve until told to stop."""
        processes = options["processes"]
        if not 1 <= processes <= 64:
            raise CommandError(f"--processes must lie between 1 and 64; it is {processes}.")
        heritage = inherited()
        if heritage is not None:
            self._serve_as_child(heritage)
            return
        try:
            check(processes)
            if settings.EMBEDDED:
                hold(settings.DATA_DIR)
            listening = listen(settings.HOST, settings.PORT)
        except (AlreadyServed, CannotListen, Unsafe) as refused:
            raise CommandError(str(refused)) from None
        if processes > 1:
            supervisor = Supervisor(
                processes, listening, drain=settings.RAPPORT["DRAIN_SECONDS"], folder=settings.DATA_DIR
            )
            sys.exit(supervisor.run())
        from chat.serving.daphne import serve  # installs Twisted's reactor, so not before it is wanted

        accounts = _prepare()
        prepare.first_visit()

        def ready(listen: Callable[[], None]) -> None:
            listen()
            self.stdout.write(banner.text(accounts))
            self.stdout.flush()  # into a file too, not only when it ends

        serve(listening, share=None, ready=ready, work=settings.WORKER)

    def _serve_as_child(self, heritage: Inheritance) -> None:
        from chat.serving.daphne import serve, stop

        accounts = _prepare() if heritage.first else None
        prepare.first_visit()

        def ready(listen: Callable[[], None]) -> None:
            loop = asyncio.get_event_loop()

            def hear() -> None:
                if heritage.hears():
                    listen()
                    if heritage.first:
                        self.stdout.write(banner.text(accounts))
                        self.stdout.flush()  # into a file too, not only when it ends
                else:  # the line ends when the supervisor does, however that came about
                    loop.remove_reader(heritage.line)
                    stop()

            loop.add_reader(heritage.line, hear)
            heritage.say_ready()

        serve(
            heritage.listening,
            share=heritage.share,
            ready=ready,
            work=settings.WORKER and heritage.first,
        )


def _prepare() -> DemoAccounts | None:
    prepare.database()
    prepare.recognition()
    prepare.static_files()
    return prepare.demo() if settings.DEMO else None
