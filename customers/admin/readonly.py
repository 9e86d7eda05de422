"""What administrators may look at and not touch."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest

from customers.admin.bounded import Bounded


class ReadOnly:
    """Makes an admin or an inline one that only shows: the product writes these rows itself.

    Such rows grow without end, so lists are counted to a bound only, and stand in the order of their keys, which is
    the order in which they were made.
    """

    paginator: Any = Bounded
    show_full_result_count = False
    ordering: Any = ("-id",)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody changes by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody deletes by hand."""
        return False
