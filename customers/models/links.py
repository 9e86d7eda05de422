"""Which customers are one person, as technicians see it. A link opens nothing to any browser."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from customers.models.people import Customer, Device, Proof


class Link(models.Model):
    """These two are one person. Taken back by `revoked_at`; no row of either side is ever touched.

    `by` is a technician's id (people know no technicians), None for Rapport itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    a = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links_as_a")
    b = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links_as_b")
    reason = models.CharField(max_length=500)
    proof = models.CharField(max_length=10, choices=Proof)
    by = models.UUIDField(null=True, blank=True)
    by_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.UUIDField(null=True, blank=True)
    revoked_by_name = models.CharField(max_length=120, blank=True)
    revoke_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="link_two_customers", condition=~Q(a=F("b"))),
        ]

    def __str__(self) -> str:
        return f"{self.a} and {self.b}"


class Vouch(models.Model):
    """A technician's word that the one who writes is an earlier customer, with what they asked and heard.

    Waits for a second person where the inbox asks for one (`agreed_at` empty, no link yet).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.UUIDField(help_text="Where the customer was recognised.")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="vouches", help_text="The one who writes."
    )
    candidate = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="vouched_as", help_text="The one they were before."
    )
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="vouches")
    facts = models.JSONField(default=list, help_text="What matched.")
    reason = models.CharField(max_length=500, blank=True)
    by = models.UUIDField()
    by_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    second = models.UUIDField(null=True, blank=True)
    second_name = models.CharField(max_length=120, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    link = models.OneToOneField(Link, on_delete=models.CASCADE, null=True, blank=True, related_name="vouch")

    class Meta:
        verbose_name_plural = "vouches"
        indexes: ClassVar = [
            models.Index(fields=["conversation"], name="vouch_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} is {self.candidate}, says {self.by_name}"


class Verdict(models.Model):
    """What a technician said to a suggestion: the right person, or not. `manage.py fit_recognition` learns from it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="verdicts")
    candidate = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="verdicts_as_candidate")
    same = models.BooleanField()
    evidence = models.JSONField(default=dict, help_text="Each comparison and its level, as they were then.")
    by = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "candidate"], name="verdict_once_a_pair")
        ]

    def __str__(self) -> str:
        return f"{self.customer} {'is' if self.same else 'is not'} {self.candidate}"
