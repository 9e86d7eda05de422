"""Inboxes: their key, look and origins, how their sites sign for people, and how far technicians' word goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customers.admin.bounded import MOST_COUNTED, at_least
from customers.admin.inbox_form import InboxForm
from customers.models import Inbox
from customers.models.inbox import new_secret

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _InboxAdmin = admin.ModelAdmin[Inbox]
else:
    _InboxAdmin = admin.ModelAdmin


@admin.register(Inbox)
class InboxAdmin(_InboxAdmin):
    """Inboxes, and the line to put into the host page."""

    form = InboxForm
    fieldsets = (
        (None, {"fields": ("name", "key", "greeting", "color")}),
        ("On your site", {"fields": ("allowed_origins", "snippet")}),
        (
            "Who is logged in on your site",
            {
                "fields": ("signing", "secret", "identity_key"),
                "description": (
                    "Your server can sign who is logged in there. Then people find their conversations in every "
                    "browser, and the next person at a shared computer does not. How to: docs/identity.md."
                ),
            },
        ),
        ("Returning customers", {"fields": ("vouching", "vouch_days", "held_after_days")}),
        ("Privacy", {"fields": ("separate",)}),
    )
    readonly_fields = ("snippet", "signing", "secret")
    list_display = ("name", "key", "sites", "count")
    search_fields = ("name", "key")

    def get_fieldsets(self, request: HttpRequest, obj: Inbox | None = None) -> Any:
        """Who may only look sees everything but the secret."""
        shown = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        return [
            (title, {**options, "fields": tuple(name for name in options["fields"] if name != "secret")})
            for title, options in shown
        ]

    def get_urls(self) -> list[URLPattern]:
        """One page more: a new secret."""
        page = self.admin_site.admin_view(self.new_secret)
        return [
            path("<uuid:inbox>/new-secret/", page, name="customers_inbox_new_secret"),
            *super().get_urls(),
        ]

    @admin.display(description="Sites")
    def sites(self, inbox: Inbox) -> str:
        """The origins on one line."""
        return ", ".join(inbox.allowed_origins) or "None: the widget shows nowhere yet"

    @admin.display(description="Customers")
    def count(self, inbox: Inbox) -> int:
        """How many customers wrote to this inbox, counted as far as lists are. One query an inbox."""
        return at_least(inbox.customers.order_by()[: MOST_COUNTED + 1].count(), MOST_COUNTED)

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

    @admin.display(description="Accepted now")
    def signing(self, inbox: Inbox) -> str:
        """What a signature is checked with."""
        if not inbox.identity_key:
            return "Signatures made with the secret (HS256)"
        key = load_pem_public_key(inbox.identity_key.encode())
        kind = f"RSA, {key.key_size} bits: RS256" if isinstance(key, rsa.RSAPublicKey) else "Ed25519: EdDSA"
        return f"Signatures made with the private half of the key below ({kind}); not the secret"

    @admin.display(description="Secret")
    def secret(self, inbox: Inbox) -> SafeString | str:
        """The secret, hidden until it is asked for, and the way to a new one."""
        if inbox._state.adding:
            return "Made when the inbox is saved."
        return format_html(
            '<details class="secret"><summary>Show the secret</summary>'
            '<code class="snippet">{}</code></details>'
            '<p class="help">Keep it on your server, never in a page or an app: who has it can sign for anybody. '
            '<a href="{}">Make a new secret…</a></p>',
            inbox.identity_secret,
            reverse("admin:customers_inbox_new_secret", args=[inbox.pk]),
        )

    def new_secret(self, request: HttpRequest, inbox: UUID) -> HttpResponse:
        """Ask first, then replace the secret; the old one stops at once."""
        found = get_object_or_404(Inbox, pk=inbox)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        if request.method == "POST":
            found.identity_secret = new_secret()
            found.save(update_fields=["identity_secret"])
            self.log_change(request, found, "New signing secret.")
            words = "There is a new secret. The old one has stopped working: put the new one on your server."
            self.message_user(request, words, messages.SUCCESS)
            return redirect("admin:customers_inbox_change", found.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "A new secret",
            "inbox": found,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/customers/inbox/new_secret.html", context)

    def has_delete_permission(self, request: HttpRequest, obj: Inbox | None = None) -> bool:
        """Only while nobody has written to it."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not obj.customers.exists())
