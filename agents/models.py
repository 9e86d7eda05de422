"""Technicians, their teams and their presence."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from uuid_utils.compat import uuid7


class Availability(models.TextChoices):
    """What a technician has chosen; whether they are really there is their presence."""

    ONLINE = "online", "Online"
    AWAY = "away", "Away"
    OFFLINE = "offline", "Offline"


class Team(models.Model):
    """Technicians who answer the same kind of question."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Technician(AbstractUser):
    """A person who answers customers, and every other account (leads, administrators)."""

    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(
        primary_key=True, default=uuid7, editable=False
    )
    display_name = models.CharField(
        max_length=80,
        blank=True,
        help_text="The name customers see. Empty: the first name, else the user name.",
    )
    teams = models.ManyToManyField(Team, blank=True, related_name="technicians")
    availability = models.CharField(max_length=10, choices=Availability, default=Availability.OFFLINE)

    class Meta:
        verbose_name = "technician"
        ordering: ClassVar = ["username"]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name that customers and colleagues see."""
        return self.display_name or self.first_name or self.username


class Presence(models.Model):
    """A lease: this socket of this technician was alive when it last renewed. Ends by itself when nobody does."""

    socket = models.UUIDField(primary_key=True)
    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="presences")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.technician} until {self.expires_at:%H:%M:%S}"
