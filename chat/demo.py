"""The demo: one inbox, four accounts, and a past to come back to."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from agents.models import Team, Technician
from chat.demo_story import STORIES, Line, Person, Solved, Story
from chat.log.append import append
from chat.log.entries import Act, Arrived, Author, Claim, Done, Entry, MarkRead, Opening, Resolve, Say
from chat.models import AuthorKind, Conversation, Outcome, OutcomeState, Status
from customers import normal
from customers.environment import Surroundings, describe
from customers.models import Customer, Device, Grant, Identifier, Inbox, Proof
from customers.recognition import catch_up_all, record_traits, traits_of

INBOX = "demo"
#: Any number; it only has to be the same in every server process that seeds.
_LOCK = 7_265_501
#: Long enough that the fix of a dated story has had time to hold.
_LEAST_DAYS_AGO = 60


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """The one password of all demo accounts; `made` when it was made at random, not given by DEMO_PASSWORD."""

    password: str
    made: bool


@dataclass(frozen=True, slots=True)
class _Account:
    username: str
    first: str
    last: str
    team: str = ""
    administrator: bool = False


_ACCOUNTS = (
    _Account("ana", "Ana", "Duarte", team="Printers"),
    _Account("bo", "Bo", "Halvorsen", team="Printers"),
    _Account("cy", "Cy", "Bennett", team="Billing"),
    _Account("ruth", "Ruth", "Adeyemi", administrator=True),
)


def seed() -> DemoAccounts:
    """Make the demo's inbox, accounts and past conversations where they are not there yet.

    All or nothing, and safe when several servers start at once on one database. Afterwards every demo account
    opens with the password returned: DEMO_PASSWORD, else one made once and kept in DATA_DIR/demo_password.
    """
    made = not settings.DEMO_PASSWORD
    password = _kept_password(Path(settings.DATA_DIR) / "demo_password") if made else settings.DEMO_PASSWORD
    with transaction.atomic():
        _one_at_a_time()
        technicians = {account.username: _account(account, password) for account in _ACCOUNTS}
        inbox = _inbox()
        if not Conversation.objects.filter(inbox=inbox, start_client_id__startswith="demo-").exists():
            now = datetime.now(UTC)
            cast = _Cast(inbox, technicians)
            for story in sorted(STORIES, key=lambda one: _begins(one, now)):
                cast.play(story, _begins(story, now))
            catch_up_all()
    return DemoAccounts(password, made)


def _one_at_a_time() -> None:
    """SQLite's immediate transactions exclude each other by themselves; PostgreSQL is asked for a lock of ours."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '60s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _kept_password(path: Path) -> str:
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(9))
        try:
            os.link(fresh, path)  # whoever links first wins; two starting processes then agree
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _account(account: _Account, password: str) -> Technician:
    technician, _ = Technician.objects.get_or_create(
        username=account.username,
        defaults={
            "first_name": account.first,
            "last_name": account.last,
            "display_name": f"{account.first} {account.last}",
            "is_staff": account.administrator,
            "is_superuser": account.administrator,
        },
    )
    # A new hash of the same password would end every open session at each start.
    if not technician.check_password(password):
        technician.set_password(password)
        technician.save(update_fields=["password"])
    if account.team:
        technician.teams.add(Team.objects.get_or_create(name=account.team)[0])
    return technician


def _inbox() -> Inbox:
    inbox, _ = Inbox.objects.get_or_create(
        key=INBOX,
        defaults={"name": "Rapport demo", "greeting": "Trouble with a printer? Ask us."},
    )
    if settings.PUBLIC_URL not in inbox.allowed_origins:
        inbox.allowed_origins = [*inbox.allowed_origins, settings.PUBLIC_URL]
        inbox.save(update_fields=["allowed_origins"])
    return inbox


def _begins(story: Story, now: datetime) -> datetime:
    hour, minute = story.clock
    if isinstance(story.when, int):
        day = now - timedelta(days=story.when)
    else:
        month, date = story.when
        day = now.replace(month=month, day=date)
        if day > now - timedelta(days=_LEAST_DAYS_AGO):
            day = day.replace(year=now.year - 1)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


class _Cast:
    """Who takes part: plays stories into the log, keeping each customer one person over all of them."""

    def __init__(self, inbox: Inbox, technicians: dict[str, Technician]) -> None:
        self.inbox = inbox
        self.technicians = {
            name: Author(AuthorKind.TECHNICIAN, technician.id, technician.shown_name)
            for name, technician in technicians.items()
        }
        self.customers: dict[str, Customer] = {}

    def play(self, story: Story, begins: datetime) -> None:
        """Write one story, from its first line at `begins` to its outcome, read by both sides."""
        at = begins
        conversation, customer = self._open(story, at)
        status = Status.WAITING
        for line in story.lines[1:]:
            at += timedelta(seconds=line.after)
            author = customer if line.by == "customer" else self.technicians[line.by]
            if status != Status.ACTIVE and author is not customer:
                # Looking comes before answering: claimed some seconds before the first words.
                self._write(conversation, author, Claim(), at - timedelta(seconds=min(line.after, 25)))
                status = Status.ACTIVE
            if isinstance(line, Solved):
                self._solve(conversation, author, line, story, at)
                status = Status.RESOLVED
            else:
                client_id = f"demo-{story.key}-{int((at - begins).total_seconds())}"
                done = self._write(conversation, author, Say(line.text, client_id, line.note), at)
                status = Status(done.head.status)
        self._read(conversation, customer, begins)

    def _open(self, story: Story, at: datetime) -> tuple[UUID, Author]:
        surroundings = describe(user_agent=story.user_agent, hints=story.hints, supplied=story.supplied)

        def arrive(when: datetime) -> Arrived:
            customer = self.customers.get(story.person.key)
            if customer is None:
                customer = self.customers[story.person.key] = _customer(
                    story.person, self.inbox, surroundings, when
                )
            Device.objects.filter(customer=customer).update(last_seen=when)
            return Arrived(customer.id, customer.name)

        first = story.lines[0]
        assert isinstance(first, Line)
        opening = Opening(arrive, self.inbox.id, story.subject, surroundings.as_columns())
        say = Say(first.text, f"demo-{story.key}", opening=opening)
        done = self._write(uuid4(), Author(AuthorKind.CUSTOMER, None, story.person.name), say, at)
        return done.head.id, Author(AuthorKind.CUSTOMER, done.head.customer, story.person.name)

    def _solve(self, conversation: UUID, by: Author, solved: Solved, story: Story, at: datetime) -> None:
        surroundings = describe(user_agent=story.user_agent, hints=story.hints, supplied=story.supplied)
        facts = (surroundings.extra.get("product"), surroundings.browser, surroundings.os)
        applies_to = " · ".join(fact for fact in facts if fact)
        self._write(conversation, by, Resolve(solved.problem, solved.cause, solved.fix, applies_to), at)
        newest = Outcome.objects.filter(conversation_id=conversation).order_by("-at", "-id").first()
        if newest is not None:
            newest.state = OutcomeState(solved.state)
            newest.save(update_fields=["state"])

    def _read(self, conversation: UUID, customer: Author, begins: datetime) -> None:
        head = Conversation.objects.get(id=conversation)
        self._write(conversation, customer, MarkRead(head.customer_last_seq), begins)
        for technician in self.technicians.values():
            self._write(conversation, technician, MarkRead(head.last_seq), begins)

    def _write(self, conversation: UUID, author: Author, act: Act, at: datetime) -> Done:
        result = append([Entry(conversation, author, act, at)])[0]
        if not isinstance(result, Done):
            raise result
        return result


def _customer(person: Person, inbox: Inbox, surroundings: Surroundings, at: datetime) -> Customer:
    customer = Customer.objects.create(inbox=inbox, name=person.name, created_at=at)
    for kind in ("email", "phone", "serial", "order"):
        said = getattr(person, kind)
        if said:
            form = normal.CLAIMS[kind](said)
            Identifier.objects.create(
                customer=customer, kind=kind, value=form.value, shown=form.shown, created_at=at
            )
    device = Device.objects.create(
        customer=customer,
        visit=uuid4(),
        # Nobody holds a token with this hash: the past of the demo opens to no browser.
        token_hash=secrets.token_bytes(32),
        environment=surroundings.as_columns(),
        first_seen=at,
        last_seen=at,
    )
    Grant.objects.create(device=device, customer=customer, proof=Proof.DEVICE, at=at)
    record_traits(customer, traits_of(surroundings), at=at)
    return customer
