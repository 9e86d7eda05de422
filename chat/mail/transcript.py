"""A conversation as its customer may keep it: what they could see in the widget, never a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ObjectDoesNotExist

from chat.mail import texts
from chat.models import AuthorKind, Conversation, Event, EventKind, Outcome
from customers.text import one_line

#: Of a longer conversation the beginning is left out: a mail has to arrive.
MOST_EVENTS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """Something said, or something that happened (`who` is empty then). `at` is in the customer's time zone."""

    at: datetime
    who: str
    text: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a transcript shows; `outcome` as (heading, text), only what was filled in."""

    inbox: str
    case_code: str
    subject: str
    begun: datetime
    zone: str
    lines: list[Line]
    shortened: bool
    outcome: list[tuple[str, str]]


def transcript_of(conversation: Conversation) -> Transcript:
    """The transcript of a conversation, to its present end."""
    zone, name = _zone_of(conversation)
    seen = Event.objects.filter(conversation=conversation, note=False, customer_seq__isnull=False)
    newest = list(seen.order_by("-customer_seq")[: MOST_EVENTS + 1])
    events = newest[:MOST_EVENTS][::-1]
    lines = [line for event in events if (line := _line(event, zone)) is not None]
    return Transcript(
        inbox=one_line(conversation.inbox.name, 80),
        case_code=conversation.case_code,
        subject=one_line(conversation.subject, 120),
        begun=conversation.opened_at.astimezone(zone),
        zone=name,
        lines=lines,
        shortened=len(newest) > MOST_EVENTS,
        outcome=_outcome(conversation),
    )


def as_text(found: Transcript, resume_key: str | None) -> str:
    """The transcript as the text of a mail."""
    said = ["(The beginning is left out.)\n"] if found.shortened else []
    day = ""
    for line in found.lines:
        if (today := f"{line.at:%A}, {line.at.day} {line.at:%B %Y}") != day:
            day = today
            said.append(f"{day}\n")
        if line.who:
            said.append(f"{line.at:%H:%M}  {line.who}\n{texts.indented(line.text, '       ')}\n")
        else:
            said.append(f"{line.at:%H:%M}  ({line.text})\n")
    rows = "\n\n".join(f"{heading}\n{texts.indented(words)}" for heading, words in found.outcome)
    text = texts.TRANSCRIPT.format(
        inbox=found.inbox,
        case_code=found.case_code,
        subject=found.subject,
        begun=f"{found.begun.day} {found.begun:%B %Y, %H:%M}",
        zone=found.zone,
        lines="\n".join(said),
        outcome=texts.OUTCOME.format(rows=rows) if rows else "",
    )
    return text + (texts.KEY.format(key=resume_key) if resume_key else "")


def _line(event: Event, zone: tzinfo) -> Line | None:
    at = event.at.astimezone(zone)
    name = one_line(event.author_name, 120)
    match event.kind:
        case EventKind.MESSAGE:
            own = event.author_kind == AuthorKind.CUSTOMER
            return Line(at, "You" if own else name or "Rapport", event.text, own)
        case EventKind.ASSIGNED:
            technician = (event.body or {}).get("technician")
            return Line(at, "", f"{one_line(technician['name'], 120)} joined") if technician else None
        case EventKind.RESOLVED:
            return Line(at, "", "Marked as solved")
        case EventKind.REOPENED:
            return Line(at, "", "Opened again")
    return None


def _outcome(conversation: Conversation) -> list[tuple[str, str]]:
    if conversation.resolved_at is None:
        return []
    stands = Outcome.objects.filter(conversation=conversation, at__gte=conversation.resolved_at)
    found = stands.order_by("-at", "-id").first()
    if found is None:
        return []
    rows = [("The problem", found.problem), ("The cause", found.cause), ("What fixed it", found.fix)]
    return [(heading, words) for heading, words in rows if words]


def _zone_of(conversation: Conversation) -> tuple[tzinfo, str]:
    """The customer's own time zone, where their browser named one that there is."""
    try:
        name = conversation.environment.time_zone
        return (ZoneInfo(name), name) if name else (UTC, "UTC")
    except (ObjectDoesNotExist, ZoneInfoNotFoundError, ValueError, OSError):
        return UTC, "UTC"
