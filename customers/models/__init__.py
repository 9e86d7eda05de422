"""The tables of this app."""

from customers.models.audit import Action, AuditEntry, AuditError
from customers.models.inbox import Inbox, Vouching
from customers.models.links import Link, Verdict, Vouch
from customers.models.people import PROOF_ORDER, Customer, Device, Grant, Identifier, Proof, SpentToken
from customers.models.recognition import MatchKey, Outdated, Profile, Token, TokenKey, Trait, Weighing
from customers.models.recovery import Attempt, MailCode, OneTimeLink, ResumeKey, UsedSignature

__all__ = [
    "PROOF_ORDER",
    "Action",
    "Attempt",
    "AuditEntry",
    "AuditError",
    "Customer",
    "Device",
    "Grant",
    "Identifier",
    "Inbox",
    "Link",
    "MailCode",
    "MatchKey",
    "Outdated",
    "OneTimeLink",
    "Profile",
    "Proof",
    "ResumeKey",
    "SpentToken",
    "Token",
    "TokenKey",
    "Trait",
    "UsedSignature",
    "Verdict",
    "Vouch",
    "Vouching",
    "Weighing",
]
