"""What stands in the tables, in words for somebody who has not read a manual."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customers.audit import Actor, network_of
from customers.models import Customer, Device, Identifier, Proof

#: What a level of proof means for a name, an address, a browser.
PROOF_WORDS = {
    Proof.CLAIMED: "claimed, not checked",
    Proof.DEVICE: "same browser as before",
    Proof.VOUCHED: "vouched for by a technician",
    Proof.PROVEN: "proven by a code sent there",
    Proof.SIGNED: "signed by the host site",
}
#: What it means for a link between two customers.
LINK_WORDS = {
    Proof.CLAIMED: "decided by hand",
    Proof.DEVICE: "shown by one browser",
    Proof.VOUCHED: "vouched for by a technician",
    Proof.PROVEN: "proven by one mailbox",
    Proof.SIGNED: "signed by the host site",
}


class Dated(admin.DateFieldListFilter):
    """A date filter that is called one, whatever the column is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "date"


def how_sure(identifier: Identifier) -> str:
    """The proof of an identifier, as far as its kind can be proved."""
    if identifier.proof == Proof.CLAIMED and identifier.kind in (
        Identifier.Kind.SERIAL,
        Identifier.Kind.ORDER,
    ):
        return "claimed; such a number is printed on boxes and proves nothing"
    return PROOF_WORDS[Proof(identifier.proof)]


def client_of(device: Device) -> str:
    """Browser, system and kind of device."""
    environment = device.environment if isinstance(device.environment, dict) else {}
    parts = [str(environment.get(name) or "") for name in ("browser", "os", "device")]
    return " · ".join(part for part in parts if part) or "Unknown browser"


def moment(at: datetime | None) -> str:
    """A time as these pages write it; a dash for never."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "–"


def until(expires_at: datetime | None, revoked_at: datetime | None) -> str:
    """How long something holds, or since when it does not."""
    if revoked_at is not None:
        return f"ended on {moment(revoked_at)}"
    if expires_at is None:
        return "until it is taken back"
    return f"{'until' if expires_at > timezone.now() else 'ran out on'} {moment(expires_at)}"


def way_to(customer: Customer) -> SafeString:
    """The customer's name, with a way to their page."""
    address = reverse("admin:customers_customer_change", args=[customer.pk])
    return format_html('<a href="{}"><bdi>{}</bdi></a>', address, customer)


def count(number: int, one: str, many: str = "") -> str:
    """`1 browser`, `2 browsers`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def administrator(request: HttpRequest) -> Actor:
    """Whoever clicks, as the audit log knows them. Administrators are technicians."""
    name = getattr(request.user, "shown_name", "") or request.user.get_username()
    place = network_of(str(request.META.get("REMOTE_ADDR") or ""))
    return Actor("technician", request.user.pk, name, place)
