"""What recognition looks things up in. All but `Trait` and `Weighing` is derived and can be built anew."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from customers.models.people import Customer


class Trait(models.Model):
    """A fact about a customer that identifies nobody by itself: a place, a product, a browser, a time zone."""

    class Kind(models.TextChoices):
        PLACE = "place", "Place"
        PRODUCT = "product", "Product"
        MODEL = "model", "Model"
        BROWSER = "browser", "Browser"
        OS = "os", "Operating system"
        SCREEN = "screen", "Screen"
        LOCALE = "locale", "Language"
        TIME_ZONE = "time_zone", "Time zone"
        NETWORK = "network", "Network"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="traits")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=80, help_text="In normal form, for comparing.")
    shown = models.CharField(max_length=80, help_text="As it came.")
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="trait_once_a_customer")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.shown}"


class Profile(models.Model):
    """Everything that is compared of one customer in one row. Its number is small, so that keys stay small."""

    id = models.BigAutoField(primary_key=True)
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="profile")
    facts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.customer_id)


class Outdated(models.Model):
    """A mark: something about this customer has changed since their profile was made. One may have several."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.customer_id)


class MatchKey(models.Model):
    """One thing by which a profile can be found: the fingerprint of two names together, of the end of a number."""

    id = models.BigAutoField(primary_key=True)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="keys")
    key = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "profile"], name="match_key_once")]

    def __str__(self) -> str:
        return str(self.key)


class Token(models.Model):
    """A name, place or product that somebody on file has, and how many have it. Gone when nobody has it."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10)
    text = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "text"], name="token_once_a_kind")]

    def __str__(self) -> str:
        return f"{self.text} ({self.count})"


class TokenKey(models.Model):
    """One spelling under which a token is found: the word with a letter or two left out, its sound, its end."""

    id = models.BigAutoField(primary_key=True)
    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="keys")
    key = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "token"], name="token_key_once")]

    def __str__(self) -> str:
        return str(self.key)


class Weighing(models.Model):
    """Weights fitted to this installation. The newest that is not taken back counts; none: the defaults."""

    id = models.BigAutoField(primary_key=True)
    table = models.JSONField(help_text="Comparison, level, [m, u]; besides, the marks.")
    source = models.CharField(max_length=200, help_text="What it was fitted from.")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.source
