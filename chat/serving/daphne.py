"""Daphne with our settings: back-pressure, limits, pings, and an end in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from daphne.server import Server  # first: it installs the reactor that Twisted's next import would replace
from django.conf import settings
from django.utils.module_loading import import_string
from twisted.internet import defer, reactor
from twisted.internet.endpoints import AdoptedStreamServerEndpoint
from twisted.internet.error import ReactorNotRunning
from twisted.logger import STDLibLogObserver, globalLogBeginner

from chat.consumers import runtime
from chat.consumers.codes import RESTARTING
from chat.consumers.outgoing import WRITE
from chat.hub import hub
from chat.serving import prepare, worker
from chat.serving.protocol import Inbox, Protocol
from chat.serving.request import Factory, Request
from chat.serving.shares import Share
from chat.serving.turns import take_turns

logger = logging.getLogger(__name__)

twisted: Any = reactor  # what it can do depends on the machine, and so its type says nothing

Send = Callable[[dict[str, Any]], Awaitable[None]]

#: What Daphne reads of one frame. Larger than the protocol's limit, so that our own close code can answer.
READ_LIMIT = 1024 * 1024
#: Seconds between two looks at all sockets.
CHECKS = 5.0
#: Seconds for requests that are being answered, and for peers to say goodbye too, when the server ends.
FINISH = 5.0
#: Seconds for the log to be flushed and everything beside the sockets to end; nobody waits any more by then.
STOP_WITHIN = 10.0
#: Seconds that a peer has to answer a close.
CLOSE_WITHIN = 10.0
#: What Twisted says goes into the log like all else; by itself it would print what nobody caught, in full.
OBSERVERS: list[Any] = [STDLibLogObserver()]


class RapportServer(Server):  # type: ignore[misc]
    """Daphne's server on sockets that listen already; ends without losing anything or anybody.

    `share`: its share of what it and others accept from these sockets. None: it is alone, so while it drains it goes on
    listening, to say that it is not ready.
    """

    def __init__(
        self,
        listening: Sequence[socket.socket],
        *,
        share: Share | None,
        ready: Callable[[Callable[[], None]], None],
        **options: Any,
    ) -> None:
        super().__init__(endpoints=["ours"], ready_callable=self._loaded, **options)
        self.endpoints: list[str] = []  # they are described by texts there, and ours are open
        self._listening, self._share, self._ready = listening, share, ready
        self._ports: list[Any] = []

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[Any]:
        """Run the application for a connection; returns the queue of what it is to receive."""
        scope.setdefault("asgi", {"version": "3.0"})
        inbox: asyncio.Queue[Any] = asyncio.Queue()
        send: Send = partial(self.handle_reply, protocol)
        if isinstance(protocol, Protocol):
            inbox, send = Inbox(protocol), self._sender(protocol)
            scope["extensions"] = {WRITE: protocol.write}
        work = asyncio.ensure_future(self.application(scope, inbox.get, send))
        self.connections[protocol]["application_instance"] = work
        work.add_done_callback(partial(self._application_ended, protocol))
        return inbox

    def protocol_disconnected(self, protocol: Any) -> None:
        """A connection, or a request, is over; its application has a while to see that."""
        state = self.connections.get(protocol)
        if state is None or "disconnected" in state:
            return
        state["disconnected"] = time.time()
        work = state.get("application_instance")
        if work is None:
            del self.connections[protocol]
        else:
            loop = asyncio.get_running_loop()
            state["end"] = loop.call_later(self.application_close_timeout, work.cancel)

    def application_checker(self) -> None:
        """Daphne looks at every connection every second; here their ends are heard of."""

    def timeout_checker(self) -> None:
        """Look after the sockets, every few seconds."""
        now = time.monotonic()
        for protocol in self._open(Protocol):
            protocol.check(now)
        if self._share is not None and any(port.connected for port in self._ports):
            self._share.says(len(self.connections))
        twisted.callLater(CHECKS, self.timeout_checker)

    def kill_all_applications(self) -> defer.Deferred[None]:
        """Runs before the reactor stops."""
        ended = defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))
        return ended.addErrback(
            lambda failure: logger.error("The end was not in order", exc_info=failure.value)
        )

    def _loaded(self) -> None:
        """Runs when Daphne is ready to listen."""
        self.http_factory = Factory(self)
        self.ws_factory.protocol = Protocol
        self.ws_factory.setProtocolOptions(
            failByDrop=False,  # a broken frame is told by a close code before the connection goes
            closeHandshakeTimeout=CLOSE_WITHIN,
        )
        self._ready(self._listen)

    def _listen(self) -> None:
        twisted.callLater(0, lambda: hub.current().stand_by())  # once the event loop runs
        for one in self._listening:
            endpoint: Any = AdoptedStreamServerEndpoint(twisted, one.detach(), one.family)  # type: ignore[no-untyped-call]
            endpoint.listen(self.http_factory).addCallbacks(self._ports.append, self.listen_error)
        if self._share is not None:
            for port in self._ports:
                take_turns(port, self._share, lambda: len(self.connections))

    def _application_ended(self, protocol: Any, work: asyncio.Future[None]) -> None:
        state = self.connections[protocol]
        del state["application_instance"]
        if not work.cancelled() and (error := work.exception()) is not None:
            logger.error("A connection's application failed", exc_info=error)
            if "disconnected" not in state:
                protocol.handle_exception(error)
        if "disconnected" in state:
            state["end"].cancel()
            del self.connections[protocol]

    def _sender(self, protocol: Protocol) -> Send:
        """What the application sends with: waits while the peer takes less than it is sent."""

        async def send(message: dict[str, Any]) -> None:
            await self.handle_reply(protocol, message)
            if message["type"] == "websocket.send":
                await protocol.room()

        return send

    async def _end(self) -> None:
        if self._share is not None:
            self._share.says()
            await self._stop_listening()
        await runtime.current().drain()
        await self._stop_listening()  # or those who come back too soon would keep it from ending
        await _until(lambda: not self._open(Protocol) and not self._open(Request), self._close_the_rest)
        stopping = asyncio.ensure_future(runtime.stop())
        if not (await asyncio.wait({stopping}, timeout=STOP_WITHIN))[0]:
            logger.error("What runs beside the sockets did not end in time: %s", stopping.get_stack())
        states = list(self.connections.values())
        left = [state["application_instance"] for state in states if "application_instance" in state]
        for work in left:
            work.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _stop_listening(self) -> None:
        ports, self._ports = self._ports, []
        await asyncio.gather(*(_stopped(port) for port in ports))

    def _open(self, kind: type) -> list[Any]:
        return [
            one
            for one, state in self.connections.items()
            if isinstance(one, kind) and "disconnected" not in state
        ]

    def _close_the_rest(self) -> None:
        """Sockets that had not said hello, and those that are in no hurry to answer the close."""
        for protocol in self._open(Protocol):
            if protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=RESTARTING, isReply=False)


async def _until(done: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
    until = time.monotonic() + FINISH
    while not done() and time.monotonic() < until:
        meanwhile()
        await asyncio.sleep(0.02)


async def _stopped(port: Any) -> None:
    await defer.maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())


def serve(
    listening: Sequence[socket.socket],
    *,
    share: Share | None,
    ready: Callable[[Callable[[], None]], None],
    work: bool,
) -> None:
    """Serve on open sockets until SIGTERM or SIGINT. Ends the process's work, not the process.

    `share` as for `RapportServer`. `ready` is called once everything is loaded, with what begins to accept. `work`:
    mails and the like are done here too.
    """
    globalLogBeginner.beginLoggingTo(OBSERVERS, redirectStandardIO=False)
    server = RapportServer(
        listening,
        share=share,
        ready=ready,
        application=import_string(settings.ASGI_APPLICATION),
        verbosity=0,
        websocket_max_message_size=READ_LIMIT,
        websocket_max_frame_size=READ_LIMIT,
        proxy_forwarded_address_header="X-Forwarded-For" if settings.BEHIND_PROXY else None,
        server_name="Rapport",
    )
    prepare.settle()
    if work:
        worker.start_inside()
    try:
        server.run()
    finally:
        worker.stop_inside()


def stop() -> None:
    """Have the server of this process end in good order, from its own event loop."""
    with contextlib.suppress(ReactorNotRunning):  # told so before
        twisted.stop()
