"""The page that shows the schema."""

from __future__ import annotations

from typing import Any

from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from chat.policies import POLICY


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own host; it brings styles of its own, but no script stands in the page."""

    schema = None  # a page is no part of the interface it shows

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The page, or with `?script` its start script."""
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response["Content-Security-Policy"] = POLICY.replace(
            "style-src 'self'", "style-src 'self' 'unsafe-inline'"
        )
        return response
