"""Entries of the audit log as sentences somebody can read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.admin.words import way_to_case
from chat.models import Conversation
from customers.admin.words import LINK_WORDS, PROOF_WORDS, client_of, way_to
from customers.models import Action, AuditEntry, Customer, Device, Proof

SENTENCES: dict[str, str] = {
    Action.PROVEN: "{customer} has shown that a mailbox is theirs",
    Action.SIGNED: "The host site signed for {customer}",
    Action.SIGNATURE_REFUSED: "A signed identity was refused",
    Action.GRANTED: "{browser} was given the history of {customer}: {proof}",
    Action.REVOKED: "{browser} may not open the history of {customer} any more",
    Action.CODE_REFUSED: "A code from a mail was refused",
    Action.KEY_MADE: "A resume key to the history of {customer} was handed out{case}",
    Action.KEY_USED: "The resume key of {customer} was used",
    Action.KEY_REFUSED: "A resume key was refused",
    Action.TOKEN_REUSED: "A copy of an old token of {customer} was shown; {browser} was shut out",
    Action.LINKED: "{customer} and {other} were linked: {proof}{case}",
    Action.UNLINKED: "The link between {customer} and {other} was taken back",
    Action.VOUCH_ASKED: "A second person was asked whether {customer} is {other}{case}",
    Action.VOUCH_REFUSED: "The second person did not agree that {customer} is {other}{case}",
    Action.NOT_ME: "The old mailbox of {other} says that {customer} is somebody else; the link has ended",
    Action.NOT_SAME: "{customer} is not {other}",
    Action.DISCLOSED: "A technician looked at the history of {other}, not proven to be {customer}{case}",
    Action.SHARED_COMPUTER: "{browser} forgot {customer}: a shared computer",
}
KEYS_ENDED = "Resume keys of {customer} were ended"


@dataclass(frozen=True, slots=True)
class Known:
    """Those whom some entries speak of, as far as they are still there."""

    customers: dict[UUID, Customer]
    devices: dict[UUID, Device]
    conversations: dict[UUID, Conversation]

    @classmethod
    def of(cls, entries: Iterable[AuditEntry]) -> Known:
        """Everybody in these entries, in three queries."""
        people: set[UUID] = set()
        devices: set[UUID] = set()
        cases: set[UUID] = set()
        for entry in entries:
            people |= {one for one in (entry.customer, entry.other) if one}
            devices |= {entry.device} if entry.device else set()
            cases |= {entry.conversation} if entry.conversation else set()
        return cls(
            Customer.objects.in_bulk(people),
            Device.objects.in_bulk(devices),
            Conversation.objects.only("id", "case_code").in_bulk(cases),
        )

    def person(self, key: UUID | None) -> SafeString | str:
        """A customer with a way to their page."""
        if key is None:
            return "somebody"
        found = self.customers.get(key)
        return way_to(found) if found is not None else "a customer who was erased"

    def browser(self, key: UUID | None) -> str:
        """What browser it was."""
        found = self.devices.get(key) if key is not None else None
        return f"A browser ({client_of(found)})" if found is not None else "A browser"

    def case(self, key: UUID | None) -> SafeString | str:
        """In which conversation."""
        found = self.conversations.get(key) if key is not None else None
        return format_html(" in {}", way_to_case(found)) if found is not None else ""


def sentence(entry: AuditEntry, known: Known) -> SafeString:
    """What happened, with ways to those it happened to."""
    about_keys = entry.action == Action.REVOKED and entry.device is None
    form = KEYS_ENDED if about_keys else SENTENCES.get(entry.action, "{customer}")
    return format_html(
        form,
        customer=known.person(entry.customer),
        other=known.person(entry.other),
        browser=known.browser(entry.device),
        case=known.case(entry.conversation),
        proof=_proof(entry),
    )


def _proof(entry: AuditEntry) -> str:
    details = entry.details if isinstance(entry.details, dict) else {}
    try:
        proof = Proof(str(details.get("proof")))
    except ValueError:
        return "by hand"
    return LINK_WORDS[proof] if entry.action == Action.LINKED else PROOF_WORDS[proof]
