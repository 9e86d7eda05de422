"""What people say of themselves. A claim informs technicians; it moves, merges and reveals nothing."""

from __future__ import annotations

from datetime import datetime

from customers.inserted import insert
from customers.models import Customer, Identifier, Proof
from customers.normal import CLAIMS
from customers.recognition.keys import outdate


class ClaimRefused(ValueError):
    """A claim that cannot be what it says it is; `fields` says which and why."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.fields = fields
        super().__init__("; ".join(fields.values()))


def check_claims(given: dict[str, object]) -> dict[str, str]:
    """The claims among `given`, as typed; empty ones are left out.

    Raises ClaimRefused for what cannot be a name, an address, a number.
    """
    checked: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for kind, normal in CLAIMS.items():
        value = given.get(kind)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            wrong[kind] = "This must be text."
            continue
        try:
            normal(value)
        except ValueError as error:
            wrong[kind] = str(error)
        else:
            checked[kind] = value
    if wrong:
        raise ClaimRefused(wrong)
    return checked


def record_claims(*, customer: Customer, claims: dict[str, str], at: datetime) -> None:
    """Keep checked claims with the customer who made them. A proven name or identifier is never weakened."""
    keep_claims(customer=customer, claims=claims, at=at)
    outdate(customer.pk)


def keep_claims(*, customer: Customer, claims: dict[str, str], at: datetime) -> None:
    """The same, for callers that make the customer findable themselves afterwards."""
    for kind, text in claims.items():
        normal = CLAIMS[kind](text)
        if kind == "name":
            if customer.name_proof == Proof.CLAIMED and customer.name != normal.shown:
                customer.name = normal.shown
                customer.save(update_fields=["name"])
            continue
        said = Identifier(
            customer=customer,
            kind=kind,
            value=normal.value,
            shown=normal.shown,
            proof=Proof.CLAIMED,
            created_at=at,
        )
        insert(said, once=True)  # what stands there may be proven, and stays
