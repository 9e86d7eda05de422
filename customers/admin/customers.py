"""What people know of a customer: what they said of themselves, and their browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from customers.admin.readonly import ReadOnly
from customers.admin.words import PROOF_WORDS, client_of, how_sure
from customers.models import Customer, Device, Identifier, Proof

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _IdentifierInline = admin.TabularInline[Identifier, Customer]
    _DeviceInline = admin.TabularInline[Device, Customer]
    _CustomerAdmin = admin.ModelAdmin[Customer]
else:
    _IdentifierInline = admin.TabularInline
    _DeviceInline = admin.TabularInline
    _CustomerAdmin = admin.ModelAdmin


class IdentifierInline(ReadOnly, _IdentifierInline):
    """What points at a customer, and how sure it is."""

    model = Identifier
    fields = ("kind", "shown", "how_sure", "proven_at", "created_at")
    readonly_fields = fields

    @admin.display(description="How sure")
    def how_sure(self, identifier: Identifier) -> str:
        """The proof in words."""
        return how_sure(identifier)


class DeviceInline(ReadOnly, _DeviceInline):
    """The browsers a customer has written from."""

    model = Device
    fields = ("browser", "first_seen", "last_seen", "revoked_at")
    readonly_fields = fields
    show_change_link = True

    @admin.display(description="Browser")
    def browser(self, device: Device) -> str:
        """Browser and system in words."""
        return client_of(device)


class PlainCustomerAdmin(ReadOnly, _CustomerAdmin):
    """Customers by themselves. What is registered stands in `chat.admin`, with conversations and links."""

    list_display = ("__str__", "inbox", "known_by", "created_at")
    list_select_related = ("inbox",)
    list_filter = ("inbox",)
    search_fields = ("name", "identifiers__shown", "identifiers__value")
    search_help_text = "Name, e-mail, phone, serial or order number"
    fields = ("shown_name", "inbox", "created_at")
    readonly_fields = fields
    inlines = (IdentifierInline, DeviceInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """Customers with their identifiers, in two queries however many there are."""
        return super().get_queryset(request).prefetch_related("identifiers")

    @admin.display(description="Known by")
    def known_by(self, customer: Customer) -> str:
        """The identifiers on one line."""
        return ", ".join(identifier.shown for identifier in customer.identifiers.all()) or "–"

    @admin.display(description="Name")
    def shown_name(self, customer: Customer) -> str:
        """The name and how sure it is."""
        return (
            f"{customer.name} ({PROOF_WORDS[Proof(customer.name_proof)]})" if customer.name else str(customer)
        )
