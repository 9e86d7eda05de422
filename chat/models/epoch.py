"""Which life of the database this is: so that nobody goes on where a restored one has never been."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

#: The only key: there is one row.
ONLY = 1


class Epoch(models.Model):
    """One row, whose value changes whenever the database goes back to an earlier state."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    value = models.UUIDField(default=uuid4)
    since = models.DateTimeField()
    why = models.CharField(max_length=200, help_text="What began it.")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=ONLY), name="one_epoch")]

    def __str__(self) -> str:
        return str(self.value)
