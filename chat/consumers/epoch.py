"""The epoch as sockets meet it: whoever holds something of another life of the database is told to begin anew."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chat.consumers.heads import Heads
from chat.database import in_database
from chat.hub import hub
from chat.services.epoch import current_epoch
from chat.wire import encode

if TYPE_CHECKING:
    from chat.consumers.base import Socket

logger = logging.getLogger(__name__)

RESTORED = "restored"


class Epochs:
    """The epoch of the database as this process saw it last. `look` corrects whatever was said meanwhile."""

    def __init__(self) -> None:
        self._value = ""

    async def now(self) -> str:
        """The epoch to greet with: without a query for each hello, and late by at most a sweep."""
        if not self._value:
            self._value = await in_database(current_epoch)
        return self._value

    async def greet(self, socket: Socket, frame: dict[str, Any]) -> bool:
        """Note by which epoch this hello is answered, and say which of its cursors are void; whether any are."""
        socket.epoch = await self.now()
        resets = outlived(frame, socket.epoch)
        for text in resets:
            socket.send_text(text)
        return bool(resets)

    async def look(self, sockets: Iterable[Socket], heads: Heads) -> list[Socket]:
        """Look at the database; the sockets that were greeted with another epoch, once each: to be closed.

        What such a socket has been told so far may be untrue, down to who its customer is. It is told to forget the
        open conversations; once closed it comes back, and says hello with everything else it holds.
        """
        now = self._value = await in_database(current_epoch)
        stale = [socket for socket in sockets if socket.epoch != now]
        if not stale:
            return []
        logger.warning("The database was taken back to an earlier state: %d sockets begin anew", len(stale))
        hub.current().heads.clear()  # numbers of the other life: the sweep would wait until the logs are past them
        for socket in stale:
            for conversation in socket.heads(heads):
                socket.tell(reset(conversation))
            socket.epoch = now
        return stale


def reset(conversation: str) -> dict[str, Any]:
    """`reset`: forget what you hold of this conversation and ask again."""
    return {"type": "reset", "conversation": conversation, "reason": RESTORED}


def outlived(frame: dict[str, Any], epoch: str) -> list[str]:
    """Encoded resets of everything that a hello from another epoch holds; none for one that names this epoch, or none.

    They say nothing of what is there now, so nobody has to be asked whose the conversations are.
    """
    cursors, theirs = frame.get("cursors"), frame.get("epoch")
    if not isinstance(theirs, str) or not theirs or theirs == epoch or not isinstance(cursors, dict):
        return []
    return [encode(reset(key)) for key in cursors if _names_one(key)]


def _names_one(key: str) -> bool:
    try:
        return str(UUID(key)) == key.lower()
    except ValueError:
        return False
