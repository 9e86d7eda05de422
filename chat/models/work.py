"""What the worker has done, for whoever watches it from elsewhere."""

from __future__ import annotations

from django.db import models


class Work(models.Model):
    """When one kind of the worker's work was last done without a failure, by whichever process."""

    kind = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M:%S}"
