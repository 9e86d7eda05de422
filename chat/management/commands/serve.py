"""`manage.py serve`: make the database and the static files ready, then serve under Daphne."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.serving import banner, prepare
from chat.serving.lock import AlreadyServed, hold


class Command(BaseCommand):
    """Serves Rapport on HOST and PORT."""

    help = "Serve Rapport on HOST:PORT (from the environment). Migrates the database first."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, print where to go, serve until told to stop."""
        loopback = settings.HOST in {"127.0.0.1", "localhost", "::1"}
        if settings.DEBUG and not loopback:
            raise CommandError("DEBUG shows the inside of the server: it is refused on a public address.")
        try:
            if settings.EMBEDDED:
                hold(settings.DATA_DIR)
            from chat.serving.daphne import serve  # installs Twisted's reactor, so not before it is wanted

            prepare.database()
            prepare.recognition()
            prepare.static_files()
            accounts = prepare.demo() if settings.DEMO else None
        except AlreadyServed as refused:
            raise CommandError(str(refused)) from None
        serve(ready=lambda: self.stdout.write(banner.text(accounts)))
