"""Browsers that may open somebody's history, and why; the one thing to do here is to take that from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from customers.admin.readonly import ReadOnly
from customers.admin.words import PROOF_WORDS, administrator, client_of, count, moment, until, way_to
from customers.models import Device, Grant, Proof
from customers.services.devices import revoke_device
from customers.services.grants import live, revoke

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _GrantInline = admin.TabularInline[Grant, Device]
    _DeviceAdmin = admin.ModelAdmin[Device]
    _GrantAdmin = admin.ModelAdmin[Grant]
else:
    _GrantInline = admin.TabularInline
    _DeviceAdmin = admin.ModelAdmin
    _GrantAdmin = admin.ModelAdmin

BY_HAND = "Taken away in the administration."


class GrantInline(ReadOnly, _GrantInline):
    """What a browser may see."""

    model = Grant
    fields = ("whose", "because", "evidence", "at", "holds")
    readonly_fields = fields
    verbose_name_plural = "histories this browser may open"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """Grants with their customers at once."""
        return super().get_queryset(request).select_related("customer")

    @admin.display(description="Whose")
    def whose(self, grant: Grant) -> SafeString:
        """The customer, with a way to their page."""
        return way_to(grant.customer)

    @admin.display(description="Because")
    def because(self, grant: Grant) -> str:
        """The proof in words."""
        return PROOF_WORDS[Proof(grant.proof)]

    @admin.display(description="Holds")
    def holds(self, grant: Grant) -> str:
        """How long."""
        return until(grant.expires_at, grant.revoked_at)


@admin.register(Device)
class DeviceAdmin(ReadOnly, _DeviceAdmin):
    """Browsers that may open somebody's history."""

    list_display = ("browser", "customer", "first_seen", "last_seen", "state")
    list_select_related = ("customer",)
    list_filter = (
        ("revoked_at", admin.EmptyFieldListFilter),
        ("grants__proof", admin.ChoicesFieldListFilter),
        "customer__inbox",
    )
    search_fields = ("customer__name",)
    search_help_text = "The customer's name"
    fields = ("browser", "whose", "first_seen", "last_seen", "state")
    readonly_fields = fields
    inlines = (GrantInline,)
    actions = ("revoke",)

    @admin.display(description="Browser")
    def browser(self, device: Device) -> str:
        """Browser and system in words."""
        return client_of(device)

    @admin.display(description="Began as")
    def whose(self, device: Device) -> SafeString:
        """The customer it began as."""
        return way_to(device.customer)

    @admin.display(description="State", ordering="revoked_at")
    def state(self, device: Device) -> str:
        """Whether it may still open the history."""
        return f"Revoked on {moment(device.revoked_at)}" if device.revoked_at else "May open this history"

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may take a browser's access away."""
        return request.user.has_perm("customers.change_device")

    @admin.action(
        description="Revoke: these browsers may not open the history any more", permissions=["revoke"]
    )
    def revoke(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        """End the chosen browsers' access, in windows that are open too."""
        ended = list(chosen.filter(revoked_at=None).distinct())
        with transaction.atomic():
            for device in ended:
                revoke_device(device, at=timezone.now(), actor=administrator(request), reason=BY_HAND)
                self.log_change(request, device, "Revoked.")
        self.message_user(request, f"{count(len(ended), 'browser')} revoked.", messages.SUCCESS)


@admin.register(Grant)
class GrantAdmin(ReadOnly, _GrantAdmin):
    """Which browser may see which customer, and why."""

    list_display = ("browser", "customer", "because", "evidence", "at", "holds")
    list_select_related = ("device", "customer")
    list_filter = ("proof", ("revoked_at", admin.EmptyFieldListFilter), "customer__inbox")
    search_fields = ("customer__name",)
    search_help_text = "The customer's name"
    fields = ("browser", "whose", "because", "evidence", "at", "holds")
    readonly_fields = fields
    actions = ("end",)

    @admin.display(description="Browser")
    def browser(self, grant: Grant) -> str:
        """Browser and system in words."""
        return client_of(grant.device)

    @admin.display(description="Whose")
    def whose(self, grant: Grant) -> SafeString:
        """The customer, with a way to their page."""
        return way_to(grant.customer)

    @admin.display(description="Because", ordering="proof")
    def because(self, grant: Grant) -> str:
        """The proof in words."""
        return PROOF_WORDS[Proof(grant.proof)]

    @admin.display(description="Holds", ordering="expires_at")
    def holds(self, grant: Grant) -> str:
        """How long."""
        return until(grant.expires_at, grant.revoked_at)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Who may take one history from a browser."""
        return request.user.has_perm("customers.change_grant")

    @admin.action(
        description="End: these browsers may not open these histories any more", permissions=["end"]
    )
    def end(self, request: HttpRequest, chosen: QuerySet[Grant]) -> None:
        """End the chosen grants; a browser keeps what it may see for another reason."""
        now = timezone.now()
        keys = list(chosen.filter(live(now)).values_list("pk", flat=True))
        with transaction.atomic():
            ended = revoke(Q(pk__in=keys), at=now, actor=administrator(request), reason=BY_HAND)
        self.message_user(request, f"{count(ended, 'grant')} ended.", messages.SUCCESS)
