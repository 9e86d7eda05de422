"""Inboxes, and the people who write to them: who they said they are, and which browsers may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customers.admin_readonly import ReadOnly
from customers.models import Customer, Device, Grant, Identifier, Inbox, Proof
from customers.models.inbox import check_origins

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _InboxForm = forms.ModelForm[Inbox]
    _InboxAdmin = admin.ModelAdmin[Inbox]
    _IdentifierInline = admin.TabularInline[Identifier, Customer]
    _DeviceInline = admin.TabularInline[Device, Customer]
    _CustomerAdmin = admin.ModelAdmin[Customer]
    _GrantInline = admin.TabularInline[Grant, Device]
    _DeviceAdmin = admin.ModelAdmin[Device]
    _GrantAdmin = admin.ModelAdmin[Grant]
else:
    _InboxForm = forms.ModelForm
    _InboxAdmin = admin.ModelAdmin
    _IdentifierInline = admin.TabularInline
    _DeviceInline = admin.TabularInline
    _CustomerAdmin = admin.ModelAdmin
    _GrantInline = admin.TabularInline
    _DeviceAdmin = admin.ModelAdmin
    _GrantAdmin = admin.ModelAdmin

#: What a level of proof means, for somebody who has not read a manual.
PROOF_WORDS = {
    Proof.CLAIMED: "claimed, not checked",
    Proof.DEVICE: "same browser as before",
    Proof.VOUCHED: "vouched for by a technician",
    Proof.PROVEN: "proven by a code sent there",
    Proof.SIGNED: "signed by the host site",
}


class OriginsField(forms.CharField):
    """A list of origins, one a line; errors name the line that is wrong."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(str(line) for line in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list: lower case, without blanks, trailing slashes and repetitions.

        Raises ValidationError naming every line that is not an origin.
        """
        text = super().to_python(value) or ""
        origins = list(dict.fromkeys(_as_browsers_write(line) for line in text.splitlines() if line.strip()))
        wrong = []
        for origin in origins:
            try:
                check_origins([origin])
            except ValidationError as error:
                wrong.extend(error.messages)
        if wrong:
            raise ValidationError(wrong)
        return origins

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another list was typed."""
        return super().has_changed(self.prepare_value(initial), data)


class InboxForm(_InboxForm):
    """An inbox, with its origins as lines and its colour from a palette."""

    allowed_origins = OriginsField(
        required=False,
        label="Sites that may show it",
        widget=forms.Textarea(
            attrs={"rows": 4, "cols": 60, "spellcheck": "false", "placeholder": "https://www.example.com"}
        ),
        help_text="One origin a line, such as https://www.example.com or https://shop.example.com:8443.",
    )

    class Meta:
        model = Inbox
        fields = ("name", "key", "greeting", "color", "allowed_origins", "separate")
        widgets = {"color": forms.TextInput(attrs={"type": "color"})}


@admin.register(Inbox)
class InboxAdmin(_InboxAdmin):
    """Inboxes: their key, look and origins, and the line to put into the host page."""

    form = InboxForm
    fieldsets = (
        (None, {"fields": ("name", "key", "greeting", "color")}),
        ("On your site", {"fields": ("allowed_origins", "snippet")}),
        ("Privacy", {"fields": ("separate",)}),
    )
    readonly_fields = ("snippet",)
    list_display = ("name", "key", "sites", "count")
    search_fields = ("name", "key")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inbox]:
        """Inboxes with the number of their customers."""
        return super().get_queryset(request).annotate(size=Count("customers"))

    @admin.display(description="Sites")
    def sites(self, inbox: Inbox) -> str:
        """The origins on one line."""
        return ", ".join(inbox.allowed_origins) or "None: the widget shows nowhere yet"

    @admin.display(description="Customers", ordering="size")
    def count(self, inbox: Inbox) -> int:
        """How many customers wrote to this inbox."""
        size: int = inbox.size  # type: ignore[attr-defined]  # annotated in get_queryset
        return size

    @admin.display(description="Line to copy")
    def snippet(self, inbox: Inbox) -> SafeString | str:
        """The script tag for the host page, to select with one click and copy."""
        if inbox._state.adding:
            return "Save the inbox first; the line for your site then stands here."
        tag = f'<script async src="{settings.PUBLIC_URL}/widget.js" data-inbox="{inbox.key}"></script>'
        return format_html(
            '<code class="snippet">{}</code>'
            '<p class="help">Put it before the closing body tag of every page that shall show the widget.</p>',
            tag,
        )

    def has_delete_permission(self, request: HttpRequest, obj: Inbox | None = None) -> bool:
        """Only while nobody has written to it."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not obj.customers.exists())


class IdentifierInline(ReadOnly, _IdentifierInline):
    """What points at a customer, and how sure it is."""

    model = Identifier
    fields = ("kind", "shown", "how_sure", "proven_at", "created_at")
    readonly_fields = fields

    @admin.display(description="How sure")
    def how_sure(self, identifier: Identifier) -> str:
        """The proof in words."""
        return PROOF_WORDS[Proof(identifier.proof)]


class DeviceInline(ReadOnly, _DeviceInline):
    """The browsers a customer has written from."""

    model = Device
    fields = ("browser", "first_seen", "last_seen", "revoked_at")
    readonly_fields = fields
    show_change_link = True

    @admin.display(description="Browser")
    def browser(self, device: Device) -> str:
        """Browser and system in words."""
        return _client(device)


@admin.register(Customer)
class CustomerAdmin(ReadOnly, _CustomerAdmin):
    """Customers: what they said of themselves, and their browsers."""

    list_display = ("__str__", "inbox", "known_by", "created_at")
    list_select_related = ("inbox",)
    list_filter = ("inbox",)
    search_fields = ("name", "identifiers__shown", "identifiers__value")
    search_help_text = "Name, e-mail, phone, serial or order number"
    ordering = ("-created_at",)
    fields = ("shown_name", "inbox", "created_at")
    readonly_fields = fields
    inlines = (IdentifierInline, DeviceInline)
    show_full_result_count = False

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


class GrantInline(ReadOnly, _GrantInline):
    """What a browser may see."""

    model = Grant
    fields = ("customer", "how_sure", "at", "expires_at", "revoked_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """Grants with their customers at once."""
        return super().get_queryset(request).select_related("customer")

    @admin.display(description="Because")
    def how_sure(self, grant: Grant) -> str:
        """The proof in words."""
        return PROOF_WORDS[Proof(grant.proof)]


@admin.register(Device)
class DeviceAdmin(ReadOnly, _DeviceAdmin):
    """Browsers that may open somebody's history; the one thing to do here is to take that from them."""

    list_display = ("browser", "customer", "first_seen", "last_seen", "state")
    list_select_related = ("customer",)
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("customer__name",)
    ordering = ("-last_seen",)
    fields = ("browser", "customer", "first_seen", "last_seen", "state")
    readonly_fields = fields
    inlines = (GrantInline,)
    actions = ("revoke",)
    show_full_result_count = False

    @admin.display(description="Browser")
    def browser(self, device: Device) -> str:
        """Browser and system in words."""
        return _client(device)

    @admin.display(description="State", ordering="revoked_at")
    def state(self, device: Device) -> str:
        """Whether it may still open the history."""
        if device.revoked_at is None:
            return "May open this history"
        return f"Revoked on {timezone.localtime(device.revoked_at):%Y-%m-%d at %H:%M}"

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may take a browser's access away."""
        return request.user.has_perm("customers.change_device")

    @admin.action(
        description="Revoke: these browsers may not open the history any more", permissions=["revoke"]
    )
    def revoke(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        """End the chosen browsers' access. Saved one by one, so that signals tell whoever listens."""
        now, count = timezone.now(), 0
        for device in chosen.filter(revoked_at=None):
            device.revoked_at = now
            device.save(update_fields=["revoked_at"])
            self.log_change(request, device, "Revoked.")
            count += 1
        self.message_user(request, f"{count} browser{'' if count == 1 else 's'} revoked.", messages.SUCCESS)


@admin.register(Grant)
class GrantAdmin(ReadOnly, _GrantAdmin):
    """Which browser may see which customer, and why."""

    list_display = ("device", "customer", "how_sure", "at", "expires_at", "revoked_at")
    list_select_related = ("device", "customer")
    list_filter = ("proof", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("customer__name",)
    ordering = ("-at",)
    fields = ("device", "customer", "how_sure", "at", "expires_at", "revoked_at")
    readonly_fields = fields
    show_full_result_count = False

    @admin.display(description="Because", ordering="proof")
    def how_sure(self, grant: Grant) -> str:
        """The proof in words."""
        return PROOF_WORDS[Proof(grant.proof)]


def _as_browsers_write(line: str) -> str:
    """Small letters, no slash at the end, and no port where it is the usual one: else it would never match."""
    origin = line.strip().rstrip("/").lower()
    for scheme, port in (("http://", ":80"), ("https://", ":443")):
        if origin.startswith(scheme):
            origin = origin.removesuffix(port)
    return origin


def _client(device: Device) -> str:
    environment = device.environment if isinstance(device.environment, dict) else {}
    parts = [str(environment.get(name) or "") for name in ("browser", "os", "device")]
    return " · ".join(part for part in parts if part) or "Unknown browser"
