"""What somebody wants written into a log, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.errors import Problem
from chat.models import AuthorKind


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something. `id` is None only for Rapport itself."""

    kind: str
    id: UUID | None
    name: str

    @property
    def is_customer(self) -> bool:
        """Whether this is the customer's side of the conversation."""
        return self.kind == AuthorKind.CUSTOMER


SYSTEM = Author(AuthorKind.SYSTEM, None, "")


@dataclass(frozen=True, slots=True)
class Opening:
    """How a conversation begins. `arrive` runs inside the transaction and gives the customer who starts it."""

    arrive: Callable[[datetime], Arrived]
    inbox: UUID
    subject: str
    environment: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrived:
    """The customer who starts a conversation; `device_token` when this made the visitor a customer.

    `renew` makes another token when the conversation turns out to have begun before, so that a browser that lost
    the first answer still gets one.
    """

    customer: UUID
    name: str
    device: UUID | None = None
    device_token: str | None = None
    renew: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A message, or a note that customers never see."""

    text: str
    client_id: str
    note: bool = False
    opening: Opening | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Take a waiting conversation. Refused with Conflict when somebody else has it."""


@dataclass(frozen=True, slots=True)
class Release:
    """Give a conversation back to the queue.

    By Rapport itself, of a technician who is `gone`: nothing happens when somebody else has it by now, or when
    something was said after event `seen`. The customer keeps a place in the queue as of `since`.
    """

    gone: UUID | None = None
    seen: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close a conversation with what the problem was and what fixed it."""

    problem: str = ""
    cause: str = ""
    fix: str = ""
    applies_to: str = ""
    #: The earlier outcome whose fix was used once more.
    again: UUID | None = None

    def words(self) -> dict[str, str]:
        """The four fields that a technician writes."""
        return {name: getattr(self, name) for name in ("problem", "cause", "fix", "applies_to")}


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open a resolved conversation again."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """The customer says whether the fix has held. If it has not, the conversation opens again, before others."""

    held: bool


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Remember how far the author has read, in the author's own numbering. No event comes of it."""

    seq: int


@dataclass(frozen=True, slots=True)
class Recognise:
    """Remember, for technicians, that the customer was recognised, or is not who we thought. `body` as on the wire."""

    body: dict[str, Any]


Act = Say | Claim | Release | Resolve | Reopen | Held | MarkRead | Recognise


@dataclass(slots=True)
class Entry:
    """One act of one author in one conversation. `at` only for history that is brought in from the past."""

    conversation: UUID
    author: Author
    act: Act
    at: datetime | None = None


@dataclass(slots=True)
class Head:
    """The locked head of a conversation, as the rules see and change it."""

    id: UUID
    inbox: UUID
    customer: UUID
    status: str
    technician: UUID | None
    team: UUID | None
    waiting_since: datetime | None
    claimed_at: datetime | None
    replied_at: datetime | None
    resolved_at: datetime | None
    last_seq: int
    customer_last_seq: int
    urgent: bool = False


@dataclass(slots=True)
class Stored:
    """An event as it stands in the database."""

    id: UUID
    conversation: UUID
    seq: int
    customer_seq: int | None
    kind: str
    at: datetime
    author_kind: str
    author: UUID | None
    author_name: str
    client_id: str | None
    note: bool
    text: str
    body: dict[str, Any] | None
    #: Told once, to the customer who is there when it is resolved; never stored.
    resume_key: str | None = None


@dataclass(slots=True)
class Done:
    """What an entry came to.

    `event`: the message stored (or found, with `duplicate`), else the act's event, else None (MarkRead).
    `events`: everything new that must be announced, in order. `head`: the conversation afterwards.
    `owners`: technicians who had or have the conversation. `opened`/`device_token` for a conversation started.
    `read`: (seq, customer_seq) of a read marker that moved.
    `resume_key`: the key to the customer's history that was handed out by mail when this resolved a conversation.
    """

    head: Head
    event: Stored | None = None
    events: list[Stored] = field(default_factory=list)
    duplicate: bool = False
    owners: set[UUID] = field(default_factory=set)
    opened: bool = False
    device: UUID | None = None
    device_token: str | None = None
    read: tuple[int, int] | None = None
    reader: Author | None = None
    resume_key: str | None = None


Result = Done | Problem
