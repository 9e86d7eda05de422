"""Past problems as they are searched: one row an outcome, written with it, and never shown to anybody."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from chat.models.outcome import Outcome


class Problem(models.Model):
    """What an outcome is found by. `keys` stands in the database's own full-text index (see the migration).

    `told` is the technician's words and `said` the customer's, in small letters without accents and signs.
    """

    # Counted, not a UUID: SQLite's full-text index knows rows by number, and a higher one is newer.
    id = models.BigAutoField(primary_key=True)
    outcome = models.OneToOneField(Outcome, on_delete=models.CASCADE, related_name="found_by")
    told = models.TextField()
    said = models.TextField(blank=True)
    keys = models.TextField(help_text="The inbox, then the beginning of each word.")
    fix = models.CharField(max_length=32, blank=True, help_text="The same for the same fix.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["fix", "id"], name="problem_fix")]

    def __str__(self) -> str:
        return self.told[:80]


class ProblemVector(models.Model):
    """What a problem means, as numbers: only with the extra `make similar`. May be made anew at any time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    problem = models.OneToOneField(Problem, on_delete=models.CASCADE, related_name="vector")
    model = models.CharField(max_length=40)
    numbers = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.model} of {self.problem_id}"
