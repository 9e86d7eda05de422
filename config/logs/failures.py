"""What was raised, and where: the trace, the kinds, the codes. Never an exception's text.

A database puts the row it refuses into the text of its error, Python the value that was not a number, an SMTP server
the address. What stands here instead is made of names in the code and the schema.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

from django.core.exceptions import ImproperlyConfigured

logger = logging.getLogger(__name__)

#: Frames of each exception, the last ones; and how many exceptions behind one another.
MOST_FRAMES = 30
MOST_CAUSES = 6

_NAME = re.compile(r"[A-Za-z0-9_. -]{1,80}")


def told(error: BaseException) -> str:
    """The trace of `error` and of what it came from, oldest first."""
    parts: list[str] = []
    one: BaseException | None = error
    while one is not None and len(parts) < MOST_CAUSES:
        parts.append(_trace(one))
        if one.__cause__ is not None:
            one = one.__cause__
        else:
            one = None if one.__suppress_context__ else one.__context__
    return "\nwhich led to\n".join(reversed(parts))


def catch_everything() -> None:
    """Have what nobody caught, in whichever thread, written into the log like all else. Of a whole process; once."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda given: _uncaught(given.exc_type, given.exc_value, given.exc_traceback)
    sys.unraisablehook = lambda given: _uncaught(given.exc_type, given.exc_value, given.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("Nobody caught this", exc_info=(kind, error, trace))


def _trace(error: BaseException) -> str:
    lines = traceback.format_tb(error.__traceback__)[-MOST_FRAMES:]
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    codes = _codes(error)
    if isinstance(error, BaseExceptionGroup):
        codes = ", ".join(sorted({type(one).__qualname__ for one in error.exceptions}))
    return f"Traceback:\n{''.join(lines)}{kind}{f' ({codes})' if codes else ''}"


def _codes(error: BaseException) -> str:
    """What names the fault without naming a value."""
    found: list[Any] = []
    diagnosis = getattr(error, "diag", None)
    match error:
        case Exception() if diagnosis is not None:  # psycopg's; where it is not used it need not be loaded
            found = [getattr(error, "sqlstate", None)]
            found += [getattr(diagnosis, f"{name}_name", None) for name in ("constraint", "table", "column")]
        case sqlite3.Error():
            found = [getattr(error, "sqlite_errorname", None)]
        case OSError() if error.errno:
            found = [os.strerror(error.errno)]
        case AttributeError() | NameError() | ImportError():
            found = [error.name]
        case ImproperlyConfigured():
            return str(error)  # about settings, for whoever runs this
        case _:
            found = [getattr(error, "code", None)]
    return ", ".join(one for one in map(str, filter(None, found)) if _NAME.fullmatch(one))
