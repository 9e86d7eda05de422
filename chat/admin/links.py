"""Links between customers: looked at, and taken back with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from chat.admin.linking import may_link
from chat.admin.persons import in_words, what_ends
from chat.admin.words import ReasonForm
from chat.errors import NotFound
from chat.log.store import call_on_loop
from chat.services import linking
from chat.services.notices import tell_contexts
from customers.admin.readonly import ReadOnly
from customers.admin.words import LINK_WORDS, Dated, administrator, until, way_to
from customers.models import Link, Proof
from customers.persons import live_link

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Link]
else:
    _Admin = admin.ModelAdmin


class Holding(admin.SimpleListFilter):
    """Links that hold, or that do not any more."""

    title = "whether it holds"
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Two answers."""
        return [("yes", "Yes"), ("no", "Not any more")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Link]) -> QuerySet[Link]:
        """As chosen."""
        holds = live_link(timezone.now())
        if self.value() == "yes":
            return queryset.filter(holds)
        return queryset.filter(~Q(holds)) if self.value() == "no" else queryset


@admin.register(Link)
class LinkAdmin(ReadOnly, _Admin):
    """Which customers are one person, because of what, by whom."""

    change_form_template = "admin/customers/link/read.html"
    list_display = ("__str__", "because", "reason", "who", "at", "holds")
    list_select_related = ("a", "b")
    list_filter = (Holding, "proof", ("at", Dated))
    search_fields = ("a__name", "b__name", "reason", "by_name")
    search_help_text = "A customer, a technician or words of the reason"
    fields = ("one", "other", "because", "reason", "who", "at", "holds", "revoked_by_name", "revoke_reason")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        """One page more: taking a link back."""
        page = self.admin_site.admin_view(self.take_back)
        return [path("<uuid:link>/take-back/", page, name="customers_link_take_back"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        """Links with both customers at once."""
        return super().get_queryset(request).select_related("a", "b")

    @admin.display(description="One")
    def one(self, link: Link) -> SafeString:
        """One of the two, with a way to their page."""
        return way_to(link.a)

    @admin.display(description="Other")
    def other(self, link: Link) -> SafeString:
        """The other."""
        return way_to(link.b)

    @admin.display(description="Because", ordering="proof")
    def because(self, link: Link) -> str:
        """The proof in words."""
        return LINK_WORDS[Proof(link.proof)]

    @admin.display(description="By")
    def who(self, link: Link) -> str:
        """Who decided."""
        return link.by_name or "Rapport"

    @admin.display(description="Holds", ordering="expires_at")
    def holds(self, link: Link) -> str:
        """How long."""
        return until(link.expires_at, link.revoked_at)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The link, with the way to take it back while it holds."""
        link = self.get_object(request, object_id)
        more = {"may_take_back": link is not None and link.revoked_at is None and may_link(request)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def take_back(self, request: HttpRequest, link: UUID) -> HttpResponse:
        """What would end; and, with a reason, the end of it, in open windows too."""
        if not may_link(request) or not self.has_view_permission(request):
            raise PermissionDenied
        found = get_object_or_404(self.get_queryset(request), pk=link)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if found.revoked_at is not None:
            self.message_user(request, "This link was taken back already.", messages.WARNING)
            return redirect("admin:customers_customer_change", found.a_id)
        if request.method == "POST" and form.is_valid():
            self._take_back(request, found, form.cleaned_data["reason"])
            return redirect("admin:customers_customer_change", found.a_id)
        context = {
            **self.admin_site.each_context(request),
            **what_ends(found, timezone.now()),
            **in_words(found),
            "title": f"Take back: {found}",
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/customers/link/take_back.html", context)

    def _take_back(self, request: HttpRequest, link: Link, reason: str) -> None:
        try:
            answer = linking.unlink_as_asked(
                link=link.pk, given={"reason": reason}, by=administrator(request)
            )
        except NotFound:
            self.message_user(request, "This link was taken back already.", messages.WARNING)
            return
        call_on_loop(lambda: tell_contexts(answer.changed))
        self.log_change(request, link, "Taken back.")
        self.message_user(request, f"The link between {link} was taken back.", messages.SUCCESS)
