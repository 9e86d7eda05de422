"""Browsers, people and mailboxes; what is done by them, and the look at every byte that comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from customers.models import Device as DeviceRow
from customers.models import OneTimeLink
from customers.services import one_time
from customers.services.devices import token_hash
from customers.visits import visit_of
from tests.known import canaries
from tests.known.canaries import Canaries
from tests.known.house import Answer, House, Plug, furnish
from tests.known.rules import Customer, Device, Key, Rules, Visit

DEVICE, ASKED = "rapport_device", "rapport_asked"
AGES = 10**9  # seconds; what a token says is read however old it is


class Noticed(AssertionError):
    """Something is not as it should be. `all_of_them` keeps the words, for sequences that cannot be played again."""

    all_of_them: ClassVar[list[str]] = []

    def __init__(self, words: str) -> None:
        self.all_of_them.append(words)
        super().__init__(words)


class Leak(Noticed):
    """A browser was shown, or given, what it has proved nothing for."""


class Forgets(Noticed):
    """A browser was not shown what it has proved."""


@dataclass(eq=False)
class Person:
    """Somebody with two mailboxes and a user id at the host sites."""

    name: str = field(default_factory=lambda: f"Mara {canaries.word()}")
    mailboxes: list[str] = field(default_factory=lambda: [f"{canaries.word()}@example.com" for _ in range(2)])
    user: str = field(default_factory=canaries.word)
    phone: str = field(default_factory=canaries.phone)

    def claims(self) -> dict[str, str]:
        """What they would say of themselves; the numbers on their parcels are new each time."""
        numbers = {"order": canaries.word(), "serial": canaries.word()}
        return {"name": self.name, "email": self.mailboxes[0], "phone": self.phone, **numbers}


@dataclass(eq=False)
class Browser:
    """What one browser keeps, and who sits at it."""

    number: int
    person: Person
    inbox: str = "shop"
    jar: dict[str, str] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)  # inbox → device token
    access: dict[str, str] = field(default_factory=dict)  # inbox → access token
    began: list[tuple[str, str]] = field(default_factory=list)  # (client id, text) of what it has begun

    def keep(self, answer: Answer) -> None:
        """Keep and drop cookies as told."""
        for name, value in answer.cookies.items():
            if value:
                self.jar[name] = value
            else:
                self.jar.pop(name, None)

    def forget(self) -> None:
        """Everything: a private window, or another browser."""
        self.jar.clear()
        self.stored.clear()
        self.access.clear()


@dataclass(eq=False)
class Talk:
    """A conversation."""

    id: str
    customer: Customer
    inbox: str
    case_code: str


@dataclass(eq=False)
class Letter:
    """A mail in somebody's mailbox, and the secrets in it."""

    kind: str
    to: str
    at: datetime
    code: str = ""
    token: str = ""
    visit: Visit | None = None  # of a code: who asked for it
    device: Device | None = None
    customer: Customer | None = None
    link: str = ""
    used: bool = False
    tries: int = 0


@dataclass(eq=False)
class Deed:
    """Something a browser does. `learn` tells the rules what the answer means, and gives whom it may show."""

    name: str
    browser: Browser
    send: Callable[[], Answer]
    learn: Callable[[Answer], Iterable[Customer]]
    visit: Visit | None = None
    said: str = ""


class World:
    """Everybody and everything of one run of the machine."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.inboxes, self.staff = furnish()
        self.rules = Rules(["apart"])
        self.canaries = Canaries()
        self.people = [Person() for _ in range(4)]
        self.browsers = [Browser(number, self.people[number % 3]) for number in range(5)]
        self.talks: list[Talk] = []
        self.letters: list[Letter] = []
        self.asked: list[tuple[str, Visit]] = []
        self.handed: dict[str, int] = {}  # device token → the browser it was given to
        self.links: list[str] = []
        self.waiting: list[tuple[str, Talk, Customer]] = []
        self.racing = False
        self.nothing: Any = None  # the answer for what does not exist
        self.tally: dict[str, int] = {}
        for person in self.people:
            # Said by nobody yet: whoever is shown one of these has it from nowhere.
            for text in (person.name, *person.mailboxes, person.user, person.phone):
                self.canaries.owners.update({one: set() for one in canaries.found_in(text)})

    def now(self) -> datetime:
        """The time."""
        return self.house.now()

    def talk(self, name: str) -> Talk | None:
        """The conversation with this id."""
        return next((one for one in self.talks if one.id == name), None)

    def sees(self, visit: Visit | None) -> set[Customer]:
        """The customers that this visit may be shown now."""
        return self.rules.sees(visit, self.now())

    def count(self, what: str) -> None:
        """For the figures at the end."""
        self.tally[what] = self.tally.get(what, 0) + 1

    def do(self, *deeds: Deed) -> list[Answer]:
        """Do these, at once where they are several; learn from the answers, then look at every byte."""
        before = {id(deed): self.sees(deed.visit) for deed in deeds}
        heard = {id(plug): plug.saw | self.sees(plug.visit) for plug in self.house.plugs}
        self.racing = len(deeds) > 1
        if self.racing:
            answers = self.house.at_once([deed.send for deed in deeds])
        else:
            answers = [deeds[0].send()] if deeds else []
        self.house.settle()
        # Of two that begin the same, the one that was first is learned first.
        pairs = sorted(zip(deeds, answers, strict=True), key=lambda pair: pair[1].status != 201)
        allowed = {}
        for deed, answer in pairs:
            self.count(f"{deed.name} {answer.status}")
            if answer.status >= 500 and not (self.racing and answer.status == 503):
                raise Leak(f"{deed.name} failed: {answer.raw[:500]}")
            deed.browser.keep(answer)
            allowed[id(deed)] = before[id(deed)] | set(deed.learn(answer)) | self.sees(deed.visit)
        self._read_mails(deeds, allowed)
        for deed, answer in pairs:
            self._look(deed.name, deed.browser, answer.raw, allowed[id(deed)], deed.said)
        self._hear(heard)
        self.racing = False
        return answers

    def _look(self, what: str, browser: Browser, raw: str, allowed: set[Customer], said: str) -> None:
        names = {one.id for one in allowed}
        for key in canaries.KEY.findall(raw):
            if key not in self.rules.keys:
                raise Leak(f"{what}: a resume key that nobody was to be given")
        strange = self.canaries.foreign(raw, names, canaries.found_in(said))
        if strange:
            raise Leak(
                f"{what} shows browser {browser.number} {sorted(strange)}, of {self._whose(strange)}: {raw}"
            )
        for token in canaries.DEVICE_TOKEN.findall(raw):
            if token not in said and self.handed.setdefault(token, browser.number) != browser.number:
                raise Leak(f"{what} gives browser {browser.number} a device token of another")

    def _hear(self, before: dict[int, set[Customer]]) -> None:
        for plug in tuple(self.house.plugs):
            frames, plug.new = plug.new, []
            said, plug.said = plug.said, ""
            now = self.sees(plug.visit)
            for text in frames:
                # What was said just before access ended may still come: two seconds are granted.
                self._frame(plug, text, before.get(id(plug), plug.saw) | now, said)
            plug.saw = now
            if plug.closed is not None:
                self.house.plugs.remove(plug)

    def _frame(self, plug: Plug, text: str, allowed: set[Customer], said: str) -> None:
        frame: dict[str, Any] = json.loads(text)
        self.count(f"frame {frame['type']}")
        if frame["type"] == "reset":
            return  # the name of what it held until now, and no more than the name
        if key := (frame.get("resolved") or {}).get("resume_key"):
            talk = self.talk(frame["conversation"])
            assert talk is not None
            now = self.now()
            if plug.visit.device is None or talk.customer not in plug.visit.device.customers(now, firm=True):
                raise Leak("a resume key reaches a browser that was merely vouched for")
            self.rules.keys[key] = Key(talk.customer)
            self.canaries.give(talk.customer.id, key)
        self._look(f"frame {frame['type']}", self.browsers[plug.browser], text, allowed, said)

    def _read_mails(self, deeds: Iterable[Deed], allowed: dict[int, set[Customer]]) -> None:
        asking = set().union(*allowed.values()) if allowed else set()
        for mail in self.house.new_mails():
            self.count(f"mail {mail.kind}")
            to, talk = mail.to, self.talk(str(mail.conversation))
            letter = Letter(mail.kind, to, mail.at, customer=talk.customer if talk else None)
            if found := re.search(r"/link/#(\S+)", mail.text):
                letter.token = found[1]
                row = OneTimeLink.objects.select_related("identifier").get(
                    token_hash=one_time._hash(found[1])
                )
                letter.link = str(row.link_id or "")
                if row.identifier is not None:
                    letter.customer = self.rules.customers[str(row.identifier.customer_id)]
            if mail.kind == "code":
                letter.code = re.search(r"(?<!\d)\d{6}(?!\d)", mail.text)[0]  # type: ignore[index]
                number = next(n for n, (address, _) in enumerate(self.asked) if address == to)
                letter.visit = self.asked.pop(number)[1]
                letter.device = letter.visit.device
            for key in canaries.KEY.findall(mail.text):
                assert talk is not None
                self.rules.keys[key] = Key(talk.customer)
                self.canaries.give(talk.customer.id, key)
            self.letters.append(letter)
            theirs = {one for one in self.rules.customers.values() if to in one.mailboxes}
            may = theirs | asking if theirs & asking else theirs
            if mail.kind in ("code", "confirm", "notice"):
                may = set()  # nothing that anybody wrote
            text = f"{mail.subject}\n{mail.text}"
            strange = self.canaries.foreign(text, {one.id for one in may}, canaries.found_in(to))
            if strange:
                raise Leak(f"a mail ({mail.kind}) to {to} tells of {self._whose(strange)}: {text}")
        self.asked.clear()

    def _whose(self, strange: set[str]) -> dict[str, set[str] | None]:
        return {one: self.canaries.owners.get(one) for one in strange}

    def take(self, token: str, device: Device | None) -> Visit:
        """An access token was given: it must name this device and no other. Its visit."""
        said = visit_of(token, max_age=AGES)
        if said.device is not None and (device is None or str(said.device) != device.id):
            raise Leak(f"an access token for device {said.device}, not {device}")
        inbox = next(key for key, row in self.inboxes.items() if row.pk == said.inbox)
        visit = self.rules.visits.get(said.id.hex)
        if visit is None:
            visit = self.rules.visits[said.id.hex] = Visit(said.id.hex, inbox)
            if said.device is not None:
                visit.device, visit.named = device, True
        self.rules.tokens[token] = (visit, self.now())
        return visit

    def device_of(self, visit: Visit, token: str | None) -> str:
        """The id of the device that was just made in a visit, or for this token."""
        found = DeviceRow.objects.filter(token_hash=token_hash(token)) if token else None
        row = (found.first() if found is not None else None) or DeviceRow.objects.get(visit=visit.id)
        return str(row.pk)

    def expect(self, right: object, what: str) -> None:
        """What belongs to a browser is there for it; among deeds done at once nobody can say."""
        if not right and not self.racing:
            raise Forgets(what)
