"""Is it still fixed? The customer's answer, in the widget or by the link in a mail."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from chat.errors import Invalid
from chat.log.entries import Author, Entry, Held
from chat.log.store import call_on_loop, store
from chat.services.notices import tell_contexts


def held_in(given: Mapping[str, object]) -> bool:
    """The answer in a body: `{held}`. Raises Invalid."""
    held = given.get("held")
    if not isinstance(held, bool):
        raise Invalid(fields={"held": "Say true or false."})
    return held


def answer_held(*, conversation: UUID, by: Author, held: bool) -> None:
    """Keep whether the fix of the resolution that stands has held; if not, the conversation opens again, urgently.

    Said twice, or of a conversation that is open again already, it changes nothing. Technicians who look at it are
    told. Raises NotFound, Unavailable.
    """
    store(Entry(conversation, by, Held(held)))
    call_on_loop(lambda: tell_contexts([conversation]))
