"""A conversation from its head to its last word, to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.admin.log import page_of_log
from chat.models import Conversation
from customers.admin.readonly import ReadOnly

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Conversation]
else:
    _Admin = admin.ModelAdmin

_CASE_CODE = re.compile(r"\s*([A-Za-z0-9]{3})[ -]?([A-Za-z0-9]{3})\s*\Z")


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, _Admin):
    """Conversations: found by case code, subject or customer; read with notes, environment and outcomes."""

    change_form_template = "admin/chat/conversation/read.html"
    list_display = ("case_code", "about", "customer", "inbox", "status", "technician", "opened")
    list_display_links = ("case_code", "about")
    list_select_related = ("customer", "inbox", "technician")
    list_filter = ("status", "inbox", "technician")
    search_fields = ("case_code", "subject", "customer__name")
    search_help_text = "Case code, subject or the customer's name"
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("case_code", "subject", "status", "inbox", "who", "technician", "team")}),
        ("Times", {"fields": ("opened_at", "claimed_at", "replied_at", "resolved_at")}),
    )
    readonly_fields = ("who",)

    @admin.display(description="Subject", ordering="subject")
    def about(self, conversation: Conversation) -> str:
        """The subject, or a word for having none."""
        return conversation.subject or "(no subject)"

    @admin.display(description="Opened", ordering="opened_at")
    def opened(self, conversation: Conversation) -> str:
        """When it began, short enough for a column."""
        return f"{timezone.localtime(conversation.opened_at):%Y-%m-%d %H:%M}"

    @admin.display(description="Customer")
    def who(self, conversation: Conversation) -> SafeString:
        """The customer, with a way to their page."""
        address = reverse("admin:customers_customer_change", args=[conversation.customer_id])
        return format_html('<a href="{}">{}</a>', address, conversation.customer)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Conversations with everybody in their heads at once."""
        return (
            super()
            .get_queryset(request)
            .select_related("customer", "inbox", "technician", "team", "environment")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """As usual; a case code may also be typed small and without its dash."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        code = _CASE_CODE.match(search_term)
        if code:
            found = queryset.filter(Q(pk__in=found) | Q(case_code=f"{code[1]}-{code[2]}".upper()))
        return found, may_repeat

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The head with the environment, the outcomes and a page of the log below (`?before=seq` for earlier ones)."""
        conversation = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if conversation is not None:
            environment = getattr(conversation, "environment", None)
            more = {
                "environment": environment,
                "supplied": sorted(_facts(environment).items()),
                "log": page_of_log(conversation.pk, request.GET.get("before", "")),
                "outcomes": conversation.outcomes.select_related("confirmed_by").order_by("-at", "-id"),
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


def _facts(environment: Any) -> dict[str, str]:
    supplied = getattr(environment, "supplied", None)
    return {str(name): str(value) for name, value in supplied.items()} if isinstance(supplied, dict) else {}
