"""Mails on their way, gone or given up. Their texts are shown nowhere: they hold codes, keys and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from chat.mail.again import try_again
from chat.models import Mail, MailState
from customers.admin.readonly import ReadOnly
from customers.admin.words import Dated, count

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Mail]
else:
    _Admin = admin.ModelAdmin


@admin.register(Mail)
class MailAdmin(ReadOnly, _Admin):
    """To whom, what kind, and what the mail server said."""

    list_display = ("to", "kind", "state", "tries", "error", "at", "done_at")
    list_filter = ("state", "kind", ("at", Dated))
    search_fields = ("to",)
    search_help_text = "The address"
    fields = ("to", "kind", "subject", "state", "tries", "error", "at", "due_at", "expires_at", "done_at")
    readonly_fields = fields
    actions = ("again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        """Without those that were never meant to go, and without the texts."""
        return super().get_queryset(request).exclude(state=MailState.VOID).defer("text")

    def has_again_permission(self, request: HttpRequest) -> bool:
        """Who may have mails sent."""
        return request.user.has_perm("chat.change_mail")

    @admin.action(description="Try again now: the mail server was mended", permissions=["again"])
    def again(self, request: HttpRequest, chosen: QuerySet[Mail]) -> None:
        """Send the chosen ones next, as far as they still can go."""
        keys = list(chosen.values_list("pk", flat=True))
        sent = try_again(keys, timezone.now())
        if sent:
            words = f"{count(sent, 'mail')} will be tried again now."
            self.message_user(request, words, messages.SUCCESS)
        if sent < len(keys):
            stay = count(len(keys) - sent, "mail stays as it is", "mails stay as they are")
            words = (
                f"{stay}: sent, about to be tried anyway, or of no use any more. A code that was given up is never "
                "sent late; the customer asks for a new one."
            )
            self.message_user(request, words, messages.WARNING)
