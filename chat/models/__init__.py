"""The tables of this app."""

from chat.models.conversation import Assignment, Conversation, Environment, ReadMarker, Status
from chat.models.event import AuthorKind, Event, EventKind
from chat.models.outcome import Outcome, OutcomeState

__all__ = [
    "Assignment",
    "AuthorKind",
    "Conversation",
    "Environment",
    "Event",
    "EventKind",
    "Outcome",
    "OutcomeState",
    "ReadMarker",
    "Status",
]
