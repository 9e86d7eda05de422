"""What administrators may look at and not touch."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest


class ReadOnly:
    """Makes an admin or an inline one that only shows: the product writes these rows itself."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody changes by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody deletes by hand."""
        return False
