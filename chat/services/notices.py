"""What is told and never kept: typing, and a technician's panel that changed."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from chat.database import in_database
from chat.hub import hub, topics
from chat.log.entries import Author
from chat.recall.card import context_and_owner
from chat.wire import encode


def typing_frame(conversation: UUID, by: Author, *, active: object) -> str:
    """Somebody writes, or has stopped."""
    who = {"kind": str(by.kind), "id": str(by.id), "name": by.name}
    return encode(
        {"type": "typing", "conversation": str(conversation), "by": who, "active": active is not False}
    )


async def tell_contexts(conversations: Iterable[UUID]) -> None:
    """Send the technicians of these conversations what their panel now shows."""
    for conversation in conversations:
        context, owner = await in_database(context_and_owner, conversation)
        listening = [topics.conversation(conversation)]
        if owner is not None:
            listening.append(topics.technician(owner))
        hub.current().publish(listening, encode(context))
