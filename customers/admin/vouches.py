"""What technicians have said about who somebody is, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from customers.admin.readonly import ReadOnly
from customers.admin.words import Dated, moment, way_to
from customers.models import Verdict, Vouch

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _VouchAdmin = admin.ModelAdmin[Vouch]
    _VerdictAdmin = admin.ModelAdmin[Verdict]
else:
    _VouchAdmin = admin.ModelAdmin
    _VerdictAdmin = admin.ModelAdmin


@admin.register(Vouch)
class VouchAdmin(ReadOnly, _VouchAdmin):
    """A technician's word that somebody is an earlier customer, with what they asked and heard."""

    list_display = ("at", "writes", "was", "by_name", "state")
    list_select_related = ("customer", "candidate", "link")
    list_filter = (
        ("agreed_at", admin.EmptyFieldListFilter),
        ("refused_at", admin.EmptyFieldListFilter),
        ("at", Dated),
        "customer__inbox",
    )
    search_fields = ("customer__name", "candidate__name", "by_name", "second_name", "reason")
    search_help_text = "A customer, a technician or words of the reason"
    fields = ("writes", "was", "matched", "reason", "by_name", "at", "second_name", "state")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vouch]:
        """Vouches with everybody in them at once."""
        return super().get_queryset(request).select_related("customer", "candidate", "link")

    @admin.display(description="Who writes")
    def writes(self, vouch: Vouch) -> SafeString:
        """The customer who was recognised."""
        return way_to(vouch.customer)

    @admin.display(description="Was before")
    def was(self, vouch: Vouch) -> SafeString:
        """The customer they are taken for."""
        return way_to(vouch.candidate)

    @admin.display(description="What matched")
    def matched(self, vouch: Vouch) -> SafeString | str:
        """The facts, one a line."""
        facts = vouch.facts if isinstance(vouch.facts, list) else []
        return format_html_join("", "<p>{}</p>", ((str(fact),) for fact in facts)) or "–"

    @admin.display(description="State")
    def state(self, vouch: Vouch) -> str:
        """What has come of it."""
        second = f", with {vouch.second_name}" if vouch.second_name else ""
        if vouch.refused_at is not None:
            by = f" by {vouch.second_name}" if vouch.second_name else ""
            return f"Refused{by} on {moment(vouch.refused_at)}"
        if vouch.agreed_at is None or vouch.link is None:
            return "Waits for a second person"
        if vouch.link.revoked_at is not None:
            return f"Taken back on {moment(vouch.link.revoked_at)}"
        return f"Opened on {moment(vouch.agreed_at)}{second}, until {moment(vouch.link.expires_at)}"


@admin.register(Verdict)
class VerdictAdmin(ReadOnly, _VerdictAdmin):
    """What technicians said to suggestions. `manage.py fit_recognition` learns from it."""

    list_display = ("at", "one", "other", "said")
    list_select_related = ("customer", "candidate")
    list_filter = ("same", ("at", Dated))
    search_fields = ("customer__name", "candidate__name")
    search_help_text = "A customer's name"
    fields = ("one", "other", "said", "compared", "at")
    readonly_fields = fields

    @admin.display(description="Who writes")
    def one(self, verdict: Verdict) -> SafeString:
        """The customer somebody was suggested for."""
        return way_to(verdict.customer)

    @admin.display(description="Suggested")
    def other(self, verdict: Verdict) -> SafeString:
        """The customer who was suggested."""
        return way_to(verdict.candidate)

    @admin.display(description="Said", ordering="same")
    def said(self, verdict: Verdict) -> str:
        """The answer in words."""
        return "The same person" if verdict.same else "Somebody else"

    @admin.display(description="What was compared")
    def compared(self, verdict: Verdict) -> SafeString | str:
        """Each comparison and how well it agreed, one a line."""
        evidence = verdict.evidence if isinstance(verdict.evidence, dict) else {}
        return format_html_join("", "<p>{}: {}</p>", sorted(evidence.items(), key=str)) or "–"
