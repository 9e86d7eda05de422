"""A restore that replaces what is there although nobody has said that it may go."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def spoil() -> None:
    """Take every question for answered."""
    from chat.backup.manifest import Manifest
    from chat.management.commands import restore as module

    command: Any = module
    restore = command.restore

    def unasked(path: Path, *, agree: Callable[[Manifest, int], bool], force: bool = False) -> list[str]:
        told: list[str] = restore(path, agree=lambda manifest, there: True, force=force)
        return told

    command.restore = unasked
