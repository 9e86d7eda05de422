"""A customer, and the person they are: everything that is linked, with the reasons."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from chat.admin.linking import find_other, link_with, may_link
from chat.admin.persons import person_page
from customers import normal
from customers.admin.customers import PlainCustomerAdmin
from customers.models import Customer

CASE_CODE = re.compile(r"\s*([A-Za-z0-9]{3})[ -]?([A-Za-z0-9]{3})\s*\Z")


@admin.register(Customer)
class CustomerAdmin(PlainCustomerAdmin):
    """Customers: what they said of themselves, who else they are, and what they wrote."""

    change_form_template = "admin/customers/customer/read.html"
    search_help_text = "Name, e-mail, phone, serial or order number, case code"

    def get_urls(self) -> list[URLPattern]:
        """Two pages more, to link with another customer."""
        return [
            path(
                "<uuid:customer>/link/", self.admin_site.admin_view(self.find), name="customers_customer_find"
            ),
            path(
                "<uuid:customer>/link/<uuid:other>/",
                self.admin_site.admin_view(self.link),
                name="customers_customer_link",
            ),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest, customer: UUID) -> HttpResponse:
        """Search for the other one."""
        return find_other(self, request, customer)

    def link(self, request: HttpRequest, customer: UUID, other: UUID) -> HttpResponse:
        """Look at what would be joined, and join it."""
        return link_with(self, request, customer, other)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """As usual; besides by id, by a number or address in another spelling, and by a case code."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        exact = Q(identifiers__value__in=_spellings(search_term))
        if code := CASE_CODE.match(search_term):
            exact |= Q(conversations__case_code=f"{code[1]}-{code[2]}".upper())
        try:
            exact |= Q(pk=UUID(search_term.strip()))
        except ValueError:
            pass
        more = Customer.objects.filter(exact).values("pk")
        return queryset.filter(Q(pk__in=found.values("pk")) | Q(pk__in=more)), may_repeat

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The customer with the person below."""
        customer = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if customer is not None:
            more = {**person_page(customer, timezone.now()), "may_link": may_link(request)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


def _spellings(typed: str) -> set[str]:
    """What the text would be in normal form, were it an address or a number."""
    forms = set()
    for kind in ("email", "phone", "serial", "order"):
        try:
            forms.add(normal.CLAIMS[kind](typed).value)
        except ValueError:
            continue
    return forms
