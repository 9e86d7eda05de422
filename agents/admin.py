"""Technicians and teams, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.models import Team, Technician

# Django's classes take a model in brackets only for the type checker.
if TYPE_CHECKING:
    _CreationForm = UserCreationForm[Technician]
    _ChangeForm = UserChangeForm[Technician]
    _PeopleAdmin = UserAdmin[Technician]
    _TeamAdmin = admin.ModelAdmin[Team]
    _PasswordForm = AdminPasswordChangeForm[Technician]
else:
    _CreationForm = UserCreationForm
    _ChangeForm = UserChangeForm
    _PeopleAdmin = UserAdmin
    _TeamAdmin = admin.ModelAdmin
    _PasswordForm = AdminPasswordChangeForm

# Rapport has technicians and administrators; groups of permissions would promise more than they give.
admin.site.unregister(Group)


class NewTechnicianForm(_CreationForm):
    """User name and password of somebody new; the rest comes on the next page."""

    class Meta:
        model = Technician
        fields = ("username", "display_name")


class TechnicianForm(_ChangeForm):
    """Everything about a technician but the password, which has a page of its own."""

    password = None  # type: ignore[assignment]  # how Django leaves out an inherited field

    class Meta:
        model = Technician
        fields = (
            *("username", "display_name", "first_name", "last_name", "email"),
            *("teams", "availability", "is_active", "is_superuser"),
        )
        labels = {"username": "User name", "is_active": "May log in", "is_superuser": "Administrator"}
        help_texts = {
            "username": "What the technician logs in with: letters, digits and @ . + - _ only.",
            "is_active": "Untick this instead of deleting: what the technician wrote keeps its name.",
            "is_superuser": "May open this administration and change everything in it.",
        }


class NewPasswordForm(_PasswordForm):
    """A new password, twice. Nobody is left without one: whoever may not log in is deactivated instead."""

    def __init__(self, user: Technician, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True


@admin.register(Technician)
class TechnicianAdmin(_PeopleAdmin):
    """Technicians: made, put into teams, deactivated. Deleted only while they have left nothing behind."""

    form = TechnicianForm
    add_form = NewTechnicianForm
    add_form_template = None
    change_password_form = NewPasswordForm
    change_user_password_template = "admin/agents/technician/change_password.html"  # noqa: S105
    fieldsets = (
        (None, {"fields": ("username", "new_password", "display_name", "first_name", "last_name", "email")}),
        ("At work", {"fields": ("teams", "availability")}),
        ("Access", {"fields": ("is_active", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "display_name", "password1", "password2")}),)
    readonly_fields = ("new_password", "last_login", "date_joined")
    filter_horizontal = ("teams",)
    list_display = (
        "shown",
        "username",
        "in_teams",
        "availability",
        "may_log_in",
        "administrator",
        "last_login",
    )
    list_filter = ("teams", "availability", "is_active")
    search_fields = ("username", "display_name", "first_name", "last_name", "email")
    ordering = ("username",)
    actions = ("deactivate",)

    @admin.display(description="Technician", ordering="username")
    def shown(self, technician: Technician) -> str:
        """The name that customers see."""
        return technician.shown_name

    @admin.display(description="Teams")
    def in_teams(self, technician: Technician) -> str:
        """The names of the technician's teams."""
        return ", ".join(team.name for team in technician.teams.all()) or "–"

    @admin.display(description="May log in", boolean=True, ordering="is_active")
    def may_log_in(self, technician: Technician) -> bool:
        """Whether the account is active."""
        return technician.is_active

    @admin.display(description="Administrator", boolean=True, ordering="is_superuser")
    def administrator(self, technician: Technician) -> bool:
        """Whether this page is open to the technician."""
        return technician.is_superuser

    @admin.display(description="Password")
    def new_password(self, technician: Technician) -> SafeString:
        """The way to the page for a new password."""
        return format_html('<a class="button" href="{}">Set a new password</a>', "../password/")

    @admin.action(description="Deactivate the chosen technicians", permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[Technician]) -> None:
        """Take the log-in from the chosen, except from whoever clicks. Saved one by one, so that signals tell."""
        count = 0
        for technician in chosen.filter(is_active=True):
            if technician == request.user:
                self.message_user(request, "You cannot deactivate yourself.", messages.WARNING)
                continue
            technician.is_active = False
            technician.save(update_fields=["is_active"])
            self.log_change(request, technician, "Deactivated.")
            count += 1
        self.message_user(
            request, f"{count} technician{'' if count == 1 else 's'} deactivated.", messages.SUCCESS
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Technician]:
        """Technicians with their teams, in two queries however many there are."""
        return super().get_queryset(request).prefetch_related("teams")

    def get_readonly_fields(self, request: HttpRequest, obj: Technician | None = None) -> Any:
        """Administrators cannot shut themselves out."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "is_active", "is_superuser") if obj == request.user else fields

    def has_delete_permission(self, request: HttpRequest, obj: Technician | None = None) -> bool:
        """Only for an account that nobody has used yet, looked at by itself: never many at once."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not _has_worked(obj)

    def save_model(
        self, request: HttpRequest, obj: Technician, form: forms.ModelForm[Technician], change: bool
    ) -> None:
        """An administrator is whom Django lets into its admin."""
        obj.is_staff = obj.is_superuser
        super().save_model(request, obj, form, change)


@admin.register(Team)
class TeamAdmin(_TeamAdmin):
    """Teams and who is in them."""

    list_display = ("name", "members")
    search_fields = ("name",)
    fields = ("name", "who")
    readonly_fields = ("who",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """Teams with the number of their technicians."""
        return super().get_queryset(request).annotate(size=Count("technicians"))

    @admin.display(description="Technicians", ordering="size")
    def members(self, team: Team) -> int:
        """How many technicians are in the team."""
        size: int = team.size  # type: ignore[attr-defined]  # annotated in get_queryset
        return size

    @admin.display(description="Technicians")
    def who(self, team: Team) -> str:
        """The technicians' names; they are put into teams on their own page."""
        names = [] if team._state.adding else [technician.shown_name for technician in team.technicians.all()]
        return ", ".join(names) or "Nobody yet. Teams are chosen on the page of each technician."


def _has_worked(technician: Technician) -> bool:
    """Whether deleting would tear a hole: somebody who has logged in may have written, and some rows hold on."""
    if technician.last_login is not None:
        return True
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: technician}).exists()
        for relation in Technician._meta.related_objects
        if getattr(relation, "on_delete", None) is models.PROTECT
    )
