"""Conversations, people and what was decided about them, for administrators. Nothing here writes by itself: the log
has one writer, and links have one service."""

from chat.admin.audit import AuditEntryAdmin
from chat.admin.conversations import ConversationAdmin
from chat.admin.customers import CustomerAdmin
from chat.admin.links import LinkAdmin
from chat.admin.mails import MailAdmin
from chat.admin.outcomes import OutcomeAdmin

__all__ = [
    "AuditEntryAdmin",
    "ConversationAdmin",
    "CustomerAdmin",
    "LinkAdmin",
    "MailAdmin",
    "OutcomeAdmin",
]
