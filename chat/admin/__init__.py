"""Conversations and outcomes for administrators, to read. Nothing here writes: the log has one writer."""

from chat.admin.conversations import ConversationAdmin
from chat.admin.outcomes import OutcomeAdmin

__all__ = ["ConversationAdmin", "OutcomeAdmin"]
