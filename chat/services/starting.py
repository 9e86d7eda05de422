"""What a customer is told when a conversation has begun."""

from __future__ import annotations

from typing import Any

from chat.log.entries import Done
from chat.payloads.events import event_frame
from chat.selectors.lists import list_for_customer


def started_answer(done: Done) -> dict[str, Any]:
    """`{conversation, message, device_token?}` for sockets and HTTP alike."""
    assert done.event is not None
    answer: dict[str, Any] = {
        "conversation": list_for_customer(frozenset({done.head.customer}), only=done.head.id)[0],
        "message": event_frame(done.event, for_customer=True),
    }
    if done.device_token is not None:
        answer["device_token"] = done.device_token
    return answer
