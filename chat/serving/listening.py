"""The address that is served: opened before anything else is promised."""

from __future__ import annotations

import socket

#: Connections that may wait to be taken: after a restart everybody comes at once.
BACKLOG = 2048


class CannotListen(Exception):
    """The address cannot be had; the text says why."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Open sockets on every address that `host` means. Raises CannotListen."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CannotListen(f"HOST={host} is no address of this machine: {error.strerror}.") from None
    opened: list[socket.socket] = []
    for family, address in dict.fromkeys((one[0], one[4]) for one in found):
        one = socket.socket(family, socket.SOCK_STREAM)
        opened.append(one)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address[0] == "::" else 1)
            one.bind(address)
            one.listen(BACKLOG)
        except OSError as error:
            for other in opened:
                other.close()
            raise CannotListen(f"HOST={host} and PORT={port} cannot be served: {error.strerror}.") from None
    return opened
