"""The tables of this app."""

from chat.models.conversation import Assignment, Conversation, Environment, ReadMarker, Status
from chat.models.epoch import Epoch
from chat.models.event import AuthorKind, Event, EventKind
from chat.models.mail import Mail, MailState
from chat.models.outcome import Outcome, OutcomeState, Promise
from chat.models.problem import Problem, ProblemVector
from chat.models.work import Work

__all__ = [
    "Assignment",
    "AuthorKind",
    "Conversation",
    "Environment",
    "Epoch",
    "Event",
    "EventKind",
    "Mail",
    "MailState",
    "Outcome",
    "OutcomeState",
    "Problem",
    "ProblemVector",
    "Promise",
    "ReadMarker",
    "Status",
    "Work",
]
