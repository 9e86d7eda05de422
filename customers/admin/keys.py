"""Resume keys that were handed out; the keys themselves are known to nobody here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from customers.admin.browsers import BY_HAND
from customers.admin.readonly import ReadOnly
from customers.admin.words import administrator, count, moment, way_to
from customers.models import ResumeKey
from customers.services.keys import revoke_key

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[ResumeKey]
else:
    _Admin = admin.ModelAdmin


@admin.register(ResumeKey)
class ResumeKeyAdmin(ReadOnly, _Admin):
    """When a key was made, whose history it opens, and whether it still does."""

    list_display = ("customer", "made_at", "state")
    list_select_related = ("customer",)
    list_filter = (
        ("used_at", admin.EmptyFieldListFilter),
        ("revoked_at", admin.EmptyFieldListFilter),
        "customer__inbox",
    )
    search_fields = ("customer__name",)
    search_help_text = "The customer's name"
    fields = ("whose", "made_at", "state")
    readonly_fields = fields
    actions = ("end",)

    @admin.display(description="Whose")
    def whose(self, key: ResumeKey) -> SafeString:
        """The customer, with a way to their page."""
        return way_to(key.customer)

    @admin.display(description="State")
    def state(self, key: ResumeKey) -> str:
        """Whether somebody who finds it could use it."""
        if key.used_at is not None:
            return f"Used on {moment(key.used_at)}"
        if key.revoked_at is not None:
            return f"Ended on {moment(key.revoked_at)}"
        return "Good, once"

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Who may make a key worthless."""
        return request.user.has_perm("customers.change_resumekey")

    @admin.action(description="End: these keys open nothing any more", permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[ResumeKey]) -> None:
        """End those of the chosen keys that nobody has used."""
        now, actor = timezone.now(), administrator(request)
        with transaction.atomic():
            ended = sum(revoke_key(key, at=now, actor=actor, reason=BY_HAND) for key in chosen)
        self.message_user(request, f"{count(ended, 'key')} ended.", messages.SUCCESS)
