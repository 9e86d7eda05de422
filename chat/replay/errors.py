"""What can stop a replay; every one of them is told to the person in one sentence."""

from typing import Any


class ReplayError(Exception):
    """A replay cannot begin or cannot go on; the text says why, for a person to read."""


class BrokenFile(ReplayError):
    """A line of the file is not a conversation. `line` counts from 1."""

    def __init__(self, path: str, line: int, why: str) -> None:
        super().__init__(f"{path}, line {line}: {why}")
        self.line = line


class Unreachable(ReplayError):
    """Nobody answered at an address for longer than we are willing to wait."""


class Refused(ReplayError):
    """The server said no for good (an error with `retry` false); `code` is the protocol's error code."""

    def __init__(self, what: str, code: str, message: str, answer: dict[str, Any] | None = None) -> None:
        super().__init__(f"{what} was refused: {code}: {message}")
        self.code = code
        self.answer = answer or {}


class Unauthenticated(Refused):
    """Whoever asks has to prove again who they are (a fresh session, a fresh log-in)."""


class Stuck(ReplayError):
    """Something promised by the protocol did not happen, although we asked for it again and again."""
