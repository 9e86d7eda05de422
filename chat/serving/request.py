"""Daphne's HTTP request with a bound on its body: what nobody here would read is not kept either."""

from __future__ import annotations

from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest

#: Bytes of a body. Django's own limit on what it keeps in memory (DATA_UPLOAD_MAX_MEMORY_SIZE) is far below.
MOST = 1024 * 1024
#: Bytes that are read and thrown away, so that an honest client gets to read the answer.
MOST_READ = 16 * MOST

TOO_LARGE = b'{"code":"too_large","message":"A request has at most 1 MiB.","fields":{}}'


class Request(WebRequest):  # type: ignore[misc]
    """One request."""

    _read = 0

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  (Twisted's name)
        """A piece of the body."""
        self._read += len(data)
        if self._read <= MOST:
            super().handleContentChunk(data)
        elif self._read > MOST_READ:
            self.channel.forceAbortClient()

    def process(self) -> Any:
        """The whole body is here."""
        if self._read <= MOST:
            return super().process()
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        self.handle_reply({"type": "http.response.start", "status": 413, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": TOO_LARGE})
        return None


class Factory(HTTPFactory):  # type: ignore[misc]
    """Makes our requests."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802  (Twisted's name)
        """A connection."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol
