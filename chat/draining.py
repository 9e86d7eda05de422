"""Whether this process is on its way out and wants no new work."""

from __future__ import annotations

import threading

_begun = threading.Event()


def begin() -> None:
    """From now on no new work, please."""
    _begun.set()


def begun() -> bool:
    """Whether that was said."""
    return _begun.is_set()
