"""The tables of this app."""

from customers.models.inbox import Inbox
from customers.models.people import PROOF_ORDER, Customer, Device, Grant, Identifier, Proof

__all__ = ["PROOF_ORDER", "Customer", "Device", "Grant", "Identifier", "Inbox", "Proof"]
