"""Daphne with our settings: limits, pings, and an end in good order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from daphne.server import Server  # first: it installs the reactor that Twisted's next import would replace
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from django.utils.module_loading import import_string
from twisted.internet import defer

from chat.consumers.base import FRAME_TOO_LARGE
from chat.consumers.runtime import RESTARTING, stop
from chat.serving import worker

#: What Daphne reads of one frame. Larger than the protocol's limit, so that our own close code can answer.
READ_LIMIT = 1024 * 1024


class Protocol(WebSocketProtocol):  # type: ignore[misc]
    """Daphne's websocket, with our own numbers: restarting (1012), too large (4413), forbidden (403)."""

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802  (Daphne's name)
        """Close with `code`."""
        if code == RESTARTING:
            self.sendCloseFrame(code=code, isReply=False)
        else:
            super().serverClose(code)

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:  # noqa: N802, N803
        """An Origin that cannot even be taken apart is refused like every foreign one, without repeating it."""
        if "origin" in reason.lower():
            reason, code = "Forbidden", 403
        super().failHandshake(reason, code, responseHeaders)

    def _max_message_size_exceeded(self, *_: object) -> None:
        self._fail_connection(FRAME_TOO_LARGE, "frame too large")


class RapportServer(Server):  # type: ignore[misc]
    """Daphne's server; commits what waits before it lets go of the sockets."""

    def listen_success(self, port: Any) -> None:
        """Runs when the port is open, after Daphne has made its factory and before anybody connects."""
        super().listen_success(port)
        self.ws_factory.protocol = Protocol
        # A broken frame is told by a close code before the connection goes.
        self.ws_factory.setProtocolOptions(failByDrop=False)

    def kill_all_applications(self) -> defer.Deferred[None]:
        """Runs before the reactor stops: flush the writer first."""
        flushed = defer.Deferred.fromFuture(asyncio.ensure_future(stop()))
        flushed.addErrback(lambda failure: None)
        flushed.addCallback(lambda _: super(RapportServer, self).kill_all_applications())
        return flushed


def serve(*, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT. Ends the process's work, not the process."""
    application = import_string(settings.ASGI_APPLICATION)
    host = settings.HOST.replace(":", "\\:")
    server = RapportServer(
        application=application,
        endpoints=[f"tcp:port={settings.PORT}:interface={host}"],
        verbosity=0,
        ping_interval=20,
        ping_timeout=30,
        websocket_timeout=-1,
        websocket_connect_timeout=10,
        websocket_max_message_size=READ_LIMIT,
        websocket_max_frame_size=READ_LIMIT,
        proxy_forwarded_address_header="X-Forwarded-For" if settings.BEHIND_PROXY else None,
        server_name="Rapport",
        ready_callable=ready,
    )
    worker.start_inside()
    try:
        server.run()
    finally:
        worker.stop_inside()
