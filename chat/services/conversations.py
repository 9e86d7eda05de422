"""What people do with a conversation: begin it, take it, give it back, solve it, open it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from chat.errors import Conflict, Invalid
from chat.log.entries import Arrived, Author, Claim, Entry, MarkRead, Opening, Release, Reopen, Resolve, Say
from chat.models import AuthorKind
from chat.services.checks import client_id_in, no_attachments_in, optional_text, text_in
from chat.services.visitors import claims_of, environment_of, with_product
from customers.environment import Surroundings
from customers.recognition.traits import traits_of
from customers.services.arrival import arrive
from customers.services.claims import ClaimRefused, check_claims
from customers.services.devices import new_token_for
from customers.visits import Visit

SUBJECT = 80


def start_entry(*, visit: Visit, given: Mapping[str, object], user_agent: str) -> Entry:
    """The entry that begins a conversation and, where the visitor has never acted, makes them a customer.

    `given`: `{client_id, text, subject?, product?, about?}`. However often it is sent, it begins one conversation.
    Reads the cache. Raises Invalid, TooLarge.
    """
    text, client_id = text_in(given), client_id_in(given)
    subject = optional_text(given, "subject", limit=120).strip() or subject_of(text)
    product = optional_text(given, "product", limit=200).strip()
    no_attachments_in(given)
    about = given.get("about")
    if about is not None and not isinstance(about, dict):
        raise Invalid(fields={"about": "This must be an object."})
    claims = {**claims_of(visit), **checked_claims(about or {})}
    environment = with_product(environment_of(visit, user_agent), product)
    shown = {name: environment.get(name, "") for name in ("browser", "os", "device")}

    traits = traits_of(Surroundings.from_columns(environment))

    def arrive_now(at: datetime) -> Arrived:
        arrival = arrive(visit=visit, environment=shown, claims=claims, traits=traits, at=at)
        return Arrived(
            customer=arrival.customer,
            name=arrival.name,
            device=arrival.device,
            device_token=arrival.token,
            renew=(lambda: new_token_for(arrival.device)) if visit.device is None else None,
        )

    opening = Opening(arrive=arrive_now, inbox=visit.inbox, subject=subject, environment=environment)
    nobody_yet = Author(AuthorKind.CUSTOMER, None, "")
    return Entry(uuid7(), nobody_yet, Say(text=text, client_id=client_id, opening=opening))


def subject_of(text: str) -> str:
    """A subject from the first words: the first line, cut at a word."""
    line = text.strip().splitlines()[0].strip()
    if len(line) <= SUBJECT:
        return line
    return line[:SUBJECT].rsplit(" ", 1)[0].rstrip(" ,;:-") + " …"


def message_entry(*, conversation: UUID, author: Author, given: Mapping[str, object]) -> Entry:
    """The entry of a message or note. `given`: `{client_id, text, kind?}`; only technicians write notes.

    Raises Invalid, TooLarge.
    """
    kind = given.get("kind", "message")
    if kind not in ("message", "text", "note") or (kind == "note" and author.is_customer):
        raise Invalid(fields={"kind": "There is no message of this kind."})
    no_attachments_in(given)
    return Entry(conversation, author, Say(text_in(given), client_id_in(given), note=kind == "note"))


def resolve_entry(*, conversation: UUID, technician: Author, given: Mapping[str, object]) -> Entry:
    """The entry that solves a conversation. `given`: `{outcome?: {problem, cause, fix, applies_to, again?}}`.

    Raises Invalid, TooLarge.
    """
    outcome = given.get("outcome")
    if outcome is None:
        outcome = {}
    if not isinstance(outcome, dict):
        raise Invalid(fields={"outcome": "This must be an object."})
    act = Resolve(
        problem=optional_text(outcome, "problem", limit=500).strip(),
        cause=optional_text(outcome, "cause", limit=500).strip(),
        fix=optional_text(outcome, "fix", limit=4000).strip(),
        applies_to=optional_text(outcome, "applies_to", limit=500).strip(),
        again=_again_in(outcome),
    )
    return Entry(conversation, technician, act)


def _again_in(outcome: Mapping[str, object]) -> UUID | None:
    """The earlier outcome whose fix this was. Raises Invalid."""
    again = outcome.get("again")
    if again is None:
        return None
    try:
        return UUID(again)  # type: ignore[arg-type]
    except (ValueError, TypeError, AttributeError):
        raise Invalid(fields={"again": "There is no such outcome."}) from None


def claim_entry(*, conversation: UUID, technician: Author) -> Entry:
    """Take a waiting conversation."""
    return Entry(conversation, technician, Claim())


def release_entry(*, conversation: UUID, technician: Author) -> Entry:
    """Give it back to the queue."""
    return Entry(conversation, technician, Release())


def reopen_entry(*, conversation: UUID, technician: Author, given: Mapping[str, object]) -> Entry:
    """Open a solved one again. `given`: `{reason?}`. Raises Invalid, TooLarge."""
    return Entry(conversation, technician, Reopen(optional_text(given, "reason", limit=500).strip()))


def read_entry(*, conversation: UUID, reader: Author, seq: int) -> Entry:
    """Remember how far `reader` has read, in their own numbering."""
    return Entry(conversation, reader, MarkRead(seq))


def checked_claims(given: Mapping[str, object]) -> dict[str, str]:
    """What somebody says of themselves, checked. Raises Invalid, naming the fields that cannot be."""
    try:
        return check_claims(dict(given))
    except ClaimRefused as refused:
        raise Invalid(fields=refused.fields) from None


def with_name(conflict: Conflict, name: str) -> Conflict:
    """The conflict, saying also by name who has the conversation."""
    current = conflict.current or {}
    technician = current.get("technician")
    if not technician:
        return conflict
    if current.get("status") == "resolved":
        sentence = f"{name} has resolved this conversation." if name else "This conversation is resolved."
    else:
        sentence = f"{name} has this conversation." if name else conflict.message
    return Conflict(
        sentence,
        current={**current, "technician": {**technician, "name": name}},
    )
