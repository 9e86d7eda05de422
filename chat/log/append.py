"""The transaction. Every durable thing said or done in a conversation goes through `append`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection, transaction

from chat.database import note_refusal
from chat.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from chat.log import alone, held, markers, sql
from chat.log.answers import remember_answer, when_to_ask
from chat.log.entries import (
    Author,
    Done,
    Entry,
    Head,
    Held,
    MarkRead,
    Resolve,
    Result,
    Say,
    Stored,
)
from chat.log.opening import open_conversation
from chat.log.parting import hand_key
from chat.log.rules import drafts_of, numbered
from chat.mail.solved import mail_solved
from chat.models import Assignment, EventKind, Outcome, Status
from chat.recall.fixes import outcome_for
from chat.recall.index import index_outcome
from customers.inserted import insert

Key = tuple[UUID, UUID | None, str]

#: lock_not_available, deadlock_detected.
LOCKED = {"55P03", "40P01"}


def append(entries: Sequence[Entry]) -> list[Result]:
    """Write all entries in one transaction and give each its Done or its Problem, in order.

    A message is stored once, however often it is sent: (conversation, author, client_id) is unique for ever.
    When this returns, what is Done is durable. An entry that its conversation does not allow is refused alone.
    Should the database refuse the batch, every entry is tried by itself, so that one bad entry harms no other.
    A conversation that somebody holds locked, and a database that is not there, give Unavailable. So does a
    connection that breaks during the commit: whether it went through nobody knows, and the same message sent again
    finds out.
    """
    if connection.in_atomic_block:
        return _Batch(entries).run()
    try:
        done = alone.say(entries[0]) if len(entries) == 1 else None
        return [done] if done is not None else _attempt(entries)
    except (OperationalError, InterfaceError) as error:
        if not _is_lock(error):
            note_refusal(error)
            connection.close()  # broken: the next batch starts with a new one
            return [Unavailable() for _ in entries]
    except DatabaseError:
        return [_alone(entry) for entry in entries]
    try:
        return _attempt(entries, skip_locked=True)
    except Error as error:
        note_refusal(error)
        connection.close()
        return [Unavailable() for _ in entries]


def _attempt(entries: Sequence[Entry], *, skip_locked: bool = False) -> list[Result]:
    batch = _Batch(entries, skip_locked=skip_locked)
    with transaction.atomic():
        results = batch.run()
    alone.remember(batch.touched.values(), batch.found)
    return results


def _alone(entry: Entry) -> Result:
    """Twice: a unique key that another process took between our look and our write shows on the second look."""
    refused: Error | None = None
    for _ in range(2):
        try:
            return _attempt([entry])[0]
        except (OperationalError, InterfaceError) as error:
            connection.close()
            refused = error
            break
        except Error as error:
            refused = error
    assert refused is not None
    note_refusal(refused)
    return Unavailable()


def _is_lock(error: Exception) -> bool:
    """Whether PostgreSQL gave up waiting for a row (SQLite locks as a whole, so nobody else could go on there)."""
    return getattr(error.__cause__, "sqlstate", None) in LOCKED


class _Batch:
    """One run over a list of entries inside a transaction: read, apply the rules, write."""

    def __init__(self, entries: Sequence[Entry], *, skip_locked: bool = False) -> None:
        self.entries = entries
        self.skip_locked = skip_locked
        #: Conversations that were not waited for.
        self.passed: set[UUID] = set()
        self.now = datetime.now(UTC)
        self.heads: dict[UUID, Head] = {}
        self.touched: dict[UUID, Head] = {}
        #: Where the logs of the locked heads ended.
        self.found: dict[UUID, int] = {}
        self.sent: dict[Key, Stored] = {}
        #: First messages of the conversations that this batch begins: not in the table yet.
        self.begun: dict[UUID, Stored] = {}
        self.events: list[Stored] = []
        self.markers: list[tuple[UUID, str, UUID, int, int]] = []
        self.solved: list[Done] = []

    def run(self) -> list[Result]:
        says = [entry for entry in self.entries if isinstance(entry.act, Say) and not entry.act.opening]
        wanted = {entry.conversation for entry in self.entries if not _opens(entry)}
        self._lock(wanted)
        self.sent = sql.find_sent([_key(entry) for entry in says])
        results = [self._answer(entry) for entry in self.entries]
        sql.insert_events(self.events)
        sql.save_heads(list(self.touched.values()))
        markers.advance(self.markers)
        for done in self.solved:  # what is mailed is read from the log, so only now
            hand_key(done, mail_solved(done.head.id, self.now), self.now)
        return results

    def _lock(self, wanted: set[UUID]) -> None:
        """Lock what is wanted. Last what others hold: while we hold the rest nobody waits for anybody in a ring."""
        self.passed = wanted if self.skip_locked else held.among(wanted)
        self.heads = sql.lock_heads(wanted - self.passed)
        if self.passed:
            self.heads |= sql.lock_heads(self.passed, skip_locked=True)
            held.note(locked=self.passed - self.heads.keys(), free=self.passed & self.heads.keys())
        self.found = {head.id: head.last_seq for head in self.heads.values()}

    def _answer(self, entry: Entry) -> Result:
        try:
            if isinstance(entry.act, Say) and entry.act.opening:
                return self._open(entry, entry.act)
            head = self.heads.get(entry.conversation)
            if head is None:
                # Passed over because somebody holds it: it is there, and will be free again.
                return Unavailable(retry_after=1.0) if entry.conversation in self.passed else NotFound()
            if isinstance(entry.act, MarkRead):
                return self._mark(head, entry.author, entry.act)
            if isinstance(entry.act, Say):
                earlier = self.sent.get(_key(entry))
                if earlier is not None:
                    return _repeated(head, earlier, entry.act)
            return self._act(head, entry)
        except Problem as problem:
            return problem

    def _open(self, entry: Entry, say: Say) -> Result:
        at = entry.at or self.now
        opened = open_conversation(entry, say, at)
        first = opened.first or self.begun.get(opened.head.id)
        if first is not None:
            done = _repeated(self.heads.get(opened.head.id, opened.head), first, say)
            if isinstance(done, Done):
                done.device, done.device_token = opened.device, opened.device_token
                done.opened = True
            return done
        self.heads[opened.head.id] = opened.head
        entry.conversation, entry.author = opened.head.id, opened.author
        done = self._act(opened.head, entry)
        if done.event is not None:
            self.begun[opened.head.id] = done.event
        done.opened, done.device, done.device_token = True, opened.device, opened.device_token
        return done

    def _act(self, head: Head, entry: Entry) -> Done:
        at = entry.at or self.now
        before = head.technician
        if isinstance(entry.act, Resolve) and _resolved_so(head, entry.author, entry.act):
            return Done(head)  # the same once more: its first answer was lost on the way
        if isinstance(entry.act, Resolve) and entry.act.again:
            outcome_for(entry.act.again, head.inbox)  # of an inbox that this one may know of
        if isinstance(entry.act, Held):
            remember_answer(head, entry.act.held, at)
        drafts = drafts_of(head, entry.author, entry.act, at)
        done = Done(head, owners={one for one in (before, head.technician) if one})
        for draft in drafts:
            event = numbered(head, entry.author, draft, at)
            self.events.append(event)
            done.events.append(event)
            if draft.main:
                done.event = event
            self._keep(head, entry, event, at)
        if drafts:
            self.touched[head.id] = head
        if (
            isinstance(entry.act, Resolve) and drafts and entry.at is None
        ):  # nobody is written to about the past
            self.solved.append(done)
        if isinstance(entry.act, Say) and done.event is not None:
            self.sent[_key(entry)] = done.event
        return done

    def _keep(self, head: Head, entry: Entry, event: Stored, at: datetime) -> None:
        """What some events leave behind besides their row in the log."""
        if event.kind in {EventKind.ASSIGNED, EventKind.REOPENED, EventKind.RESOLVED}:
            sql.end_assignments(head.id, at)
        if event.kind == EventKind.ASSIGNED and head.technician:
            insert(
                Assignment(conversation_id=head.id, technician_id=head.technician, team_id=head.team, at=at)
            )
        if isinstance(entry.act, Resolve) and event.body and event.body["outcome"] and entry.author.id:
            outcome = Outcome.objects.create(
                conversation_id=head.id,
                confirmed_by_id=entry.author.id,
                at=at,
                ask_at=when_to_ask(head.inbox, entry.act, at),
                again_id=entry.act.again,
                **entry.act.words(),
            )
            event.body["outcome"]["id"] = str(outcome.id)
            index_outcome(outcome)

    def _mark(self, head: Head, author: Author, act: MarkRead) -> Result:
        if author.id is None:
            return Invalid()
        # In a batch the event that was read is older than the batch, so it is in the table.
        place = markers.other_numbering(head.id, act.seq, of_customer=author.is_customer)
        if place is None:
            return Invalid(fields={"seq": "There is no such event."})
        if place[0] <= markers.marker(head.id, str(author.kind), author.id):
            return Done(head)  # read already: nothing moves back, and nobody need be told
        self.markers.append((head.id, str(author.kind), author.id, *place))
        return Done(head, read=place, reader=author, owners={head.technician} if head.technician else set())


def _resolved_so(head: Head, author: Author, act: Resolve) -> bool:
    if head.status != Status.RESOLVED or head.technician != author.id:
        return False
    last = Outcome.objects.filter(conversation_id=head.id).order_by("-at").first()
    if last is None:
        return not any(act.words().values())
    return last.again_id == act.again and all(
        getattr(last, name) == text for name, text in act.words().items()
    )


def _opens(entry: Entry) -> bool:
    return isinstance(entry.act, Say) and entry.act.opening is not None


def _key(entry: Entry) -> Key:
    assert isinstance(entry.act, Say)
    return entry.conversation, entry.author.id, entry.act.client_id


def _repeated(head: Head, earlier: Stored, say: Say) -> Result:
    if earlier.text != say.text or earlier.note != say.note:
        return Conflict("This client_id was used for another text.")
    return Done(head, event=earlier, duplicate=True)
