"""Another machine: a network namespace with a cable to this one, which can be pulled out. Needs root and `ip`."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

NEW_NETWORK = 0x40000000  # CLONE_NEWNET
NOT_HERE = "NOT RUN: a network namespace needs root and the program `ip` (Debian: apt-get install iproute2)"


class Elsewhere:
    """The other machine; `ours` is the address of this one as it sees it."""

    def __init__(self) -> None:
        self.name = f"rapport{secrets.token_hex(3)}"
        block = f"10.{100 + secrets.randbelow(100)}.{secrets.randbelow(256)}"
        self.ours, self.theirs = f"{block}.1", f"{block}.2"
        self._here, self._there = f"{self.name}a", f"{self.name}b"

    def connected(self) -> socket.socket:
        """A socket of that machine."""
        made: list[socket.socket] = []

        def make() -> None:
            with Path(f"/run/netns/{self.name}").open() as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), NEW_NETWORK):
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.socket())  # belongs to where it was made

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]

    def unplug(self) -> None:
        """From now on nothing comes through, and nobody is told."""
        _ip("-n", self.name, "link", "set", self._there, "down")

    def build(self) -> None:
        """Make it, with its cable."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self._here, "type", "veth", "peer", "name", self._there, "netns", self.name)
        _ip("addr", "add", f"{self.ours}/30", "dev", self._here)
        _ip("link", "set", self._here, "up")
        _ip("-n", self.name, "addr", "add", f"{self.theirs}/30", "dev", self._there)
        _ip("-n", self.name, "link", "set", self._there, "up")

    def remove(self) -> None:
        """And its cable."""
        for end in (("link", "del", self._here), ("netns", "del", self.name)):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*end)


@contextlib.contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Another machine for the block. Raises AssertionError where none can be made."""
    if os.geteuid() or not shutil.which("ip"):
        raise AssertionError(NOT_HERE)
    other = Elsewhere()
    try:
        other.build()
        yield other
    finally:
        other.remove()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
