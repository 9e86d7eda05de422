"""What the kernel does for a connection, so that we need not."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

#: Milliseconds in which what was sent must be acknowledged: a connection whose other side is gone ends.
UNACKNOWLEDGED = 14_000
#: Seconds of silence, between probes, and number of probes, for a peer to whom nothing is sent.
SILENT, BETWEEN, PROBES = 10, 2, 2
#: Bytes that are kept for a peer who does not read; by itself the kernel would keep megabytes.
KEPT = 128 * 1024

OPTIONS = {
    "TCP_KEEPIDLE": SILENT,
    "TCP_KEEPINTVL": BETWEEN,
    "TCP_KEEPCNT": PROBES,
    "TCP_USER_TIMEOUT": UNACKNOWLEDGED,
}


def watch(transport: Any) -> None:
    """Have the kernel bound what it keeps, and find out when the other side is gone without a word."""
    handle = transport.getHandle()
    with contextlib.suppress(OSError):  # not TCP
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KEPT)
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in OPTIONS.items():
            if hasattr(socket, name):  # Linux has all of them
                handle.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
