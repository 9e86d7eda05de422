"""The technician's way in, and the page that holds the console."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page

from agents.models import Technician
from agents.services import choose_availability
from chat.limits import Buckets

#: Failed attempts an account, or an address, may make at once, and then a second.
_by_account = Buckets(rate=0.1, burst=10, name="accounts")
_by_address = Buckets(rate=0.5, burst=50, name="addresses")


class LoginForm(AuthenticationForm):
    """User name and password, with a limit on failures that costs no password check."""

    def clean(self) -> dict[str, Any]:
        """Check them. The answer does not tell a wrong name from a wrong password."""
        address = str(self.request.META.get("REMOTE_ADDR")) if self.request else ""
        name = str(self.cleaned_data.get("username", "")).lower()[:150]
        if not (_by_account.has(name) and _by_address.has(address)):
            self.add_error(None, "Too many attempts. Please wait a minute, then try again.")
            return self.cleaned_data
        try:
            return super().clean()
        except Exception:
            _by_account.take(name)
            _by_address.take(address)
            raise


class Login(LoginView):
    """The log-in page. Whoever logs in is online from then on."""

    template_name = "console/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Log in and be available."""
        response = super().form_valid(form)
        choose_availability(technician=form.get_user().pk, state="online")
        return response


class Logout(LogoutView):
    """POST only. Sockets of this session end within two seconds."""


@gzip_page
@login_required
def console(request: HttpRequest) -> HttpResponse:
    """The console: one page, filled by its socket."""
    technician = request.user
    assert isinstance(technician, Technician)
    config = {
        "me": {"id": str(technician.id), "name": technician.shown_name, "username": technician.username},
        "urls": {
            "login": reverse("console-login"),
            "logout": reverse("console-logout"),
            "admin": reverse("admin:index") if technician.is_staff else None,
        },
        "csrf": get_token(request),
    }
    response = render(request, "console/app.html", {"config": config})
    response["Cache-Control"] = "no-store"
    return response
