"""The names of what can be followed."""

from __future__ import annotations

from uuid import UUID

#: Every console: queue rows and presence.
CONSOLES = "consoles"


def customer(customer_id: UUID) -> str:
    """All that one customer may see, in all their conversations."""
    return f"p:{customer_id.hex}"


def technician(technician_id: UUID) -> str:
    """The conversations that one technician has."""
    return f"t:{technician_id.hex}"


def conversation(conversation_id: UUID) -> str:
    """One conversation as technicians see it, for those who watch it."""
    return f"c:{conversation_id.hex}"
