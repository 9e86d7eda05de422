"""Start and end of the process, for servers that announce them."""

from __future__ import annotations

import asyncio

from chat.consumers.runtime import stop
from chat.hub import hub
from chat.serving import prepare, worker
from config.static import Application, Receive, Scope, Send


class Lifespan:
    """ASGI: answers lifespan events and passes everything else on.

    At the start it gets ready and starts the worker, at the end it flushes the writer.

    Daphne sends no lifespan events; `manage.py serve` stops the same parts itself.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await asyncio.to_thread(prepare.first_visit)
                prepare.settle()
                worker.start_inside()
                hub.current().stand_by()
            if message["type"] == "lifespan.shutdown":
                await stop()
                await asyncio.to_thread(worker.stop_inside)
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
