"""How a line of the log looks."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from config.logs.failures import told
from config.logs.foreign import words_of
from config.logs.tracing import request_id

#: What every record has; what else it has was given with `extra=`.
_USUAL = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Plain(logging.Formatter):
    """`time LEVEL logger: message`, then what was raised."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, or more with a traceback."""
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {words_of(record)}"
        request = request_id.get()
        if request and record.name != "access":
            line += f" [{request}]"
        return "\n".join([line, *filter(None, [_raised(record)])])


class Json(logging.Formatter):
    """One object a line: time, level, logger, message, process; request, fields and exception where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": words_of(record),
            "process": record.process,
        }
        if request := request_id.get():
            line["request"] = request
        for name, value in _given(record).items():
            line.setdefault(name, value)
        if raised := _raised(record):
            line["exception"] = raised
        return orjson.dumps(line).decode()


def logging_settings(*, level: str, form: str, access: bool) -> dict[str, Any]:
    """Django's LOGGING. `form` is PLAIN or JSON; `access`: with a line for every request and socket."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"PLAIN": {"()": Plain}, "JSON": {"()": Json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "access": {"level": "INFO" if access else "WARNING"},
            "daphne": {"level": "WARNING"},
            # Django's own handlers would write everything a second time, in full.
            "django": {"handlers": []},
            # Answers below 500 are the client's business and would fill the log with other people's mistakes.
            "django.request": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
            "twisted": {"level": "ERROR"},
            # It names the path with its query, and the address.
            "uvicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            **{name: {"handlers": [], "propagate": True} for name in ("uvicorn", "uvicorn.error")},
        },
    }


def _given(record: logging.LogRecord) -> dict[str, Any]:
    """What we gave with `extra=`; others give whole requests."""
    if record.name != "access":
        return {}
    return {name: value for name, value in vars(record).items() if name not in _USUAL}


def _raised(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return told(error) if error is not None else ""
