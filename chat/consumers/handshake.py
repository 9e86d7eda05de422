"""What a connection said before it was one."""

from __future__ import annotations

from typing import Any

from chat.origins import own_origin


class Handshake:
    """Reads `scope`, the request that became a socket."""

    scope: Any

    def header(self, name: bytes) -> str | None:
        """A header of the handshake, or None."""
        for key, value in self.scope.get("headers", ()):
            if key == name:
                return str(value.decode("latin-1"))
        return None

    def own_origin(self) -> str:
        """Our own origin as this connection sees it."""
        secure = self.scope.get("scheme") == "wss"
        return own_origin("https" if secure else "http", self.header(b"host") or "")
