"""Linking two customers by hand: find the other, look at what would be joined, say why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from chat.admin.persons import sides
from chat.admin.words import ReasonForm
from chat.errors import Problem
from chat.log.store import call_on_loop
from chat.services import linking
from chat.services.notices import tell_contexts
from customers.admin.words import administrator
from customers.models import Customer
from customers.persons import person_of
from customers.scope import apart, reach

MOST_FOUND = 20


def may_link(request: HttpRequest) -> bool:
    """Who may say that two customers are one person, and take it back."""
    return request.user.has_perm("customers.change_link")


def find_other(page: ModelAdmin[Any], request: HttpRequest, customer: UUID) -> HttpResponse:
    """The first step: search for the other customer, among those who are not one person with this one already."""
    this = _customer(request, customer)
    typed = request.GET.get("q", "").strip()[:200].replace("\0", "")
    found: list[dict[str, Any]] = []
    if typed:
        others = Customer.objects.filter(reach(this.inbox)).exclude(pk__in=person_of(this.pk, timezone.now()))
        others, _ = page.get_search_results(request, others, typed)
        keys = others.order_by("-created_at").values_list("pk", "created_at").distinct()[: MOST_FOUND + 1]
        found = sides(frozenset(key for key, _ in keys))
    context = {
        **_context(page, request, this, f"Link {this} with another customer"),
        "typed": typed,
        "found": found[:MOST_FOUND],
        "more": len(found) > MOST_FOUND,
    }
    return TemplateResponse(request, "admin/customers/customer/find_other.html", context)


def link_with(page: ModelAdmin[Any], request: HttpRequest, customer: UUID, other: UUID) -> HttpResponse:
    """The second step: what would be joined; and, with a reason, the link itself."""
    this, that = _customer(request, customer), _customer(request, other)
    now = timezone.now()
    here, there = person_of(this.pk, now), person_of(that.pk, now)
    refusal = ""
    if this.pk in there:
        refusal = "These are one person already."
    elif apart(this.inbox, that.inbox):
        refusal = "These belong to inboxes that share nothing about their customers."
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not refusal and form.is_valid():
        try:
            answer = linking.link(
                given={"a": str(this.pk), "b": str(that.pk), "reason": form.cleaned_data["reason"]},
                by=administrator(request),
            )
        except Problem as problem:
            refusal = str(problem.message)
        else:
            call_on_loop(lambda: tell_contexts(answer.changed))
            page.log_change(request, this, f"Linked with {that}.")
            words = (
                f"{this} and {that} are one person now, for technicians. No browser sees more than before."
            )
            page.message_user(request, words, messages.SUCCESS)
            return redirect("admin:customers_customer_change", this.pk)
    context = {
        **_context(page, request, this, f"Are {this} and {that} one person?"),
        "this_side": sides(here),
        "other_side": sides(there),
        "refusal": refusal,
        "form": form,
    }
    return TemplateResponse(request, "admin/customers/customer/link.html", context)


def _customer(request: HttpRequest, customer: UUID) -> Customer:
    if not may_link(request) or not request.user.has_perm("customers.view_customer"):
        raise PermissionDenied
    return get_object_or_404(Customer.objects.select_related("inbox"), pk=customer)


def _context(page: ModelAdmin[Any], request: HttpRequest, customer: Customer, title: str) -> dict[str, Any]:
    shared = page.admin_site.each_context(request)
    return {**shared, "title": title, "customer": customer, "opts": page.opts}
