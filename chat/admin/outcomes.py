"""What problems were, and what fixed them, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Outcome
from customers.admin.readonly import ReadOnly

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Outcome]
else:
    _Admin = admin.ModelAdmin


@admin.register(Outcome)
class OutcomeAdmin(ReadOnly, _Admin):
    """Outcomes as technicians confirmed them, and whether they held."""

    list_display = ("__str__", "fix_begins", "state", "case", "confirmed_by", "at")
    list_select_related = ("conversation", "confirmed_by")
    list_filter = ("state", "confirmed_by")
    search_fields = ("problem", "cause", "fix", "conversation__case_code")
    fields = ("problem", "cause", "fix", "applies_to", "state", "confirmed_by", "at", "case")
    readonly_fields = ("case",)

    @admin.display(description="Fix", ordering="fix")
    def fix_begins(self, outcome: Outcome) -> str:
        """The fix on one line."""
        line = " ".join(outcome.fix.split())
        return line if len(line) <= 90 else f"{line[:89]}…"

    @admin.display(description="Conversation", ordering="conversation__case_code")
    def case(self, outcome: Outcome) -> SafeString:
        """The conversation, with a way to it."""
        address = reverse("admin:chat_conversation_change", args=[outcome.conversation_id])
        return format_html('<a href="{}">{}</a>', address, outcome.conversation.case_code)
