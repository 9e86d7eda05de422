"""Who says nothing is asked, together with a heartbeat; who does not answer is gone, whatever the kernel believes."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time

import httpx
import pytest

from tests.faults.forked import Forked
from tests.faults.hasty import GONE_AFTER
from tests.faults.raw import PING, TEXT, Raw

pytestmark = pytest.mark.embedded  # what sockets do is the same with every database

PONG = b"\x8a\x80\0\0\0\0"


class Window:
    """An open widget that never says anything, and answers pings or does not."""

    def __init__(self, server: Forked, *, answers: bool) -> None:
        self.answers = answers
        self.asked = self.asked_along = 0
        self._raw = Raw(f"{server.url}/ws/customer/")
        self._raw.send(type="hello", token=_token(server.url), cursors={})
        self._raw.wait("welcome")
        self._began = time.monotonic()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def stays(self, seconds: float) -> bool:
        """Whether the server still keeps it after so long."""
        self._reading.join(max(0.0, seconds - (time.monotonic() - self._began)))
        return self._reading.is_alive()

    def close(self) -> None:
        """Go."""
        with contextlib.suppress(OSError):  # gone before
            self._raw.socket.shutdown(socket.SHUT_RDWR)
        self._raw.close()
        self._reading.join(5)

    def _read(self) -> None:
        beaten = False
        for opcode, payload in self._raw.frames():
            if opcode == PING:
                self.asked += 1
                self.asked_along += beaten
                if self.answers:
                    with contextlib.suppress(OSError):  # the end is read next
                        self._raw.socket.sendall(PONG)
            beaten = opcode == TEXT and json.loads(payload)["type"] == "heartbeat"


def _token(url: str) -> str:
    address, origin = f"{url}/api/widget/v1/session", {"Origin": url}
    answer = httpx.post(address, json={"inbox": "demo"}, headers=origin, trust_env=False, timeout=20)
    return str(answer.json()["access_token"])


def _both(server: Forked, seconds: float) -> tuple[Window, bool, bool]:
    """Whether, after so long, the server keeps a window that answers, and one that does not."""
    awake, gone = Window(server, answers=True), Window(server, answers=False)
    try:
        return awake, awake.stays(seconds), gone.stays(seconds)
    finally:
        awake.close()
        gone.close()


def test_who_is_silent_is_asked_and_who_does_not_answer_is_gone(forked: Forked) -> None:
    with forked.serving("hasty") as server:
        awake, stays, gone_stays = _both(server, 1.6 * GONE_AFTER)
    assert stays
    assert not gone_stays
    assert awake.asked > 2, "again and again"
    assert awake.asked_along, "in the same packet as a heartbeat"


def test_who_is_not_asked_cannot_answer(forked: Forked) -> None:
    with forked.serving("hasty", "mutants.never_asks") as server:
        awake, stays, _ = _both(server, 1.6 * GONE_AFTER)
    assert not awake.asked
    assert not stays, "the test above could not fail"


def test_nobody_else_finds_out(forked: Forked) -> None:
    with forked.serving("hasty", "mutants.never_ends") as server:
        _, stays, gone_stays = _both(server, 1.6 * GONE_AFTER)
    assert stays
    assert gone_stays, "the test above could not fail"
