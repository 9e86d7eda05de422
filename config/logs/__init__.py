"""The log: lines for people or JSON for machines, and in neither anything that people said or are."""

from __future__ import annotations

import logging.config
from typing import Any

from config.logs.failures import catch_everything
from config.logs.shape import logging_settings
from config.logs.tracing import request_id

__all__ = ["configure", "logging_settings", "request_id"]


def configure(settings: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: from now on everything that this process says goes through our formatters."""
    logging.config.dictConfig(settings)
    logging.raiseExceptions = False  # a line that cannot be written would be printed, with its values
    catch_everything()
