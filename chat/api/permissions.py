"""Closed by default: every endpoint names what opens it."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from agents.models import Technician
from chat.errors import Unauthenticated
from customers.visits import TokenRefused, Visit, visit_of


class Denied(BasePermission):
    """The default: nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Never."""
        return False


class VisitAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; the visit is `request.auth`. A wrong token is refused with 401."""

    def authenticate(self, request: Request) -> tuple[None, Visit] | None:
        """The visit of the token, None without one. Raises Unauthenticated."""
        header = get_authorization_header(request).decode("latin-1").split()
        if not header:
            return None
        if len(header) != 2 or header[0].lower() != "bearer":
            raise Unauthenticated()
        try:
            return None, visit_of(header[1])
        except TokenRefused:
            raise Unauthenticated() from None

    def authenticate_header(self, request: Request) -> str:
        """What 401 asks for."""
        return "Bearer"


class HasVisit(BasePermission):
    """Whoever holds an access token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a token came with the request. Raises Unauthenticated when none did."""
        if not isinstance(request.auth, Visit):
            raise Unauthenticated()
        return True


class IsTechnician(BasePermission):
    """Whoever is logged in and was not disabled."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the session is a technician's. Raises Unauthenticated otherwise."""
        if not isinstance(request.user, Technician) or not request.user.is_active:
            raise Unauthenticated("Log in first.")
        return True
