"""`manage.py build_recognition`: make everybody on file findable, once after an upgrade or when in doubt."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from customers.recognition.keys import rebuild


class Command(BaseCommand):
    """May run while people chat, and as often as one likes: what is right already stays."""

    help = "Build what recognition looks returning customers up in, for all customers on file."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through all customers."""
        self.stdout.write(f"{rebuild():,} customers looked at.")
