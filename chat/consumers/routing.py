"""Which address leads to which socket."""

from __future__ import annotations

from typing import Any

from chat.consumers.console import ConsoleSocket
from chat.consumers.customer import CustomerSocket

SOCKETS = {"/ws/customer/": CustomerSocket, "/ws/console/": ConsoleSocket}


async def sockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The socket of an address; any other address is refused in the handshake."""
    socket = SOCKETS.get(scope["path"])
    if socket is None:
        await receive()
        await send({"type": "websocket.close"})
        return
    await socket()(scope, receive, send)
