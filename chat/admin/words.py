"""What chat's own pages for administrators share."""

from __future__ import annotations

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Conversation
from chat.services.linking import REASON


class ReasonForm(forms.Form):
    """Why something is decided about who somebody is."""

    reason = forms.CharField(
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        error_messages={"required": "Say why. It is kept with your name."},
        help_text="Kept with your name and the time, and shown to technicians.",
    )


def way_to_case(conversation: Conversation) -> SafeString:
    """The case code, with a way to the conversation."""
    address = reverse("admin:chat_conversation_change", args=[conversation.pk])
    return format_html('<a href="{}">{}</a>', address, conversation.case_code)
