"""One socket's coming and going: counted, and told in the access log. Never what was said, nor by whom."""

from __future__ import annotations

import logging
import time
from typing import Any

from chat.metrics import figures

access = logging.getLogger("access")

#: Close codes that are told apart; a peer may close with any number it likes.
_KNOWN = {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013}


class Watch:
    """`heard` and `told` count frames."""

    __slots__ = ("_began", "_code", "_kind", "heard", "told")

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._began: float | None = None
        self._code: int | None = None
        self.heard = 0
        self.told = 0

    def refused(self) -> None:
        """The handshake got 403."""
        figures.REFUSED.labels(self._kind).inc()
        access.info("%s socket refused", self._kind, extra={"socket": self._kind, "status": 403})

    def opened(self) -> None:
        """The handshake is done."""
        self._began = time.monotonic()
        figures.OPENED.labels(self._kind).inc()
        figures.CONNECTIONS.labels(self._kind).inc()
        access.info("%s socket opened", self._kind, extra={"socket": self._kind})

    def ended(self, code: int) -> None:
        """We are about to close it with `code`, whatever the peer then says."""
        self._code = code

    def left(self, code: object) -> None:
        """The connection is gone, as the server says with `code`, where it knows."""
        if self._code is None and isinstance(code, int):
            self._code = code

    def closed(self) -> None:
        """It is over."""
        if self._began is None:
            return
        seconds, self._began = time.monotonic() - self._began, None
        ended = self._code or 1006
        shown = str(ended) if ended in _KNOWN or 4400 <= ended < 4430 else "other"
        figures.CONNECTIONS.labels(self._kind).dec()
        figures.CLOSED.labels(self._kind, shown).inc()
        if access.isEnabledFor(logging.INFO):
            told: dict[str, Any] = {
                "socket": self._kind,
                "code": ended,
                "seconds": round(seconds, 3),
                "heard": self.heard,
                "told": self.told,
            }
            words = "%s socket closed %d after %.1f s, %d frames heard, %d told"
            access.info(words, self._kind, ended, seconds, self.heard, self.told, extra=told)
