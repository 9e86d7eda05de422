"""Events and what answers a sender."""

from __future__ import annotations

from typing import Any

from chat.log.entries import Author, Done, Stored
from chat.wire import time_text


def event_frame(event: Stored, *, for_customer: bool) -> dict[str, Any]:
    """An event in the numbering of its audience. Never call it with a note for customers: they have no number."""
    frame: dict[str, Any] = {
        "type": "event",
        "conversation": str(event.conversation),
        "seq": event.customer_seq if for_customer else event.seq,
        "kind": event.kind,
        "at": time_text(event.at),
        "by": {
            "kind": event.author_kind,
            "id": str(event.author) if event.author else None,
            "name": event.author_name,
        },
    }
    if event.kind == "message":
        frame["message"] = {
            "id": str(event.id),
            "client_id": event.client_id,
            "text": event.text,
            "attachments": [],
            "note": event.note,
        }
    else:
        frame[event.kind] = event.body or {}
        if for_customer and event.resume_key:
            frame[event.kind] = {**frame[event.kind], "resume_key": event.resume_key}
    return frame


def message_answer(event: Stored, *, duplicate: bool, for_customer: bool) -> dict[str, Any]:
    """What the sender of a message is told: `{conversation, client_id, id, seq, created_at, duplicate}`."""
    return {
        "conversation": str(event.conversation),
        "client_id": event.client_id,
        "id": str(event.id),
        "seq": event.customer_seq if for_customer else event.seq,
        "created_at": time_text(event.at),
        "duplicate": duplicate,
    }


def read_frame(done: Done, reader: Author, *, for_customer: bool) -> dict[str, Any]:
    """How far somebody has read, in the numbering of the audience that is told."""
    seq, customer_seq = done.read or (0, 0)
    return {
        "type": "read",
        "conversation": str(done.head.id),
        "by": {"kind": str(reader.kind), "id": str(reader.id), "name": reader.name},
        "seq": customer_seq if for_customer else seq,
    }
