"""News that travels up from the people by signal."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

from agents.models import Technician
from agents.services import choose_availability


@receiver(user_logged_out)
def go_offline(sender: Any, user: Technician | None, **kwargs: Any) -> None:
    """Whoever logs out is not waited for."""
    if user is not None:
        choose_availability(technician=user.pk, state="offline")
