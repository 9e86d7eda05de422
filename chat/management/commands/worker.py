"""`manage.py worker`: sends mails, asks whether fixes held, cleans up; beside server processes, or once from cron."""

from __future__ import annotations

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from chat.serving.worker import Worker


class Command(BaseCommand):
    """Does what is due, until it is told to stop."""

    help = "Send mails, ask whether fixes held, clean up. Any number may run. Stops at SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch."""
        parser.add_argument("--once", action="store_true", help="Do what is due now, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work."""
        if not settings.MAIL_SERVER and not settings.DEMO:
            self.stderr.write("EMAIL_URL is not set: mails wait and nobody gets them.")
        worker = Worker()
        if options["once"]:
            worker.everything()
            return
        # Waited for here, and blocked in the worker's thread too: a handler could come in the middle of a mail.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        worker.start()
        self.stdout.write("The worker runs. Stop with Ctrl-C.")
        self.stdout.flush()
        signal.sigwait(ENDS)
        worker.stop(patience=60.0)


ENDS = {signal.SIGTERM, signal.SIGINT}
