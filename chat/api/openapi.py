"""How the schema describes the bearer token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class VisitScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Access tokens as HTTP bearer authentication."""

    target_class = "chat.api.permissions.VisitAuthentication"
    name = "visit"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme as OpenAPI names it."""
        return {"type": "http", "scheme": "bearer", "description": "The access_token of POST session."}
