"""Who may see what, read from the design once more: browsers, proofs, and what each proof opens.

Nothing here asks the product's tables. It is told what browsers have sent and what they were answered, and says
which customers an answer may show. Where the product opens more than this says, it leaks; where less, it forgets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

A_DAY = timedelta(days=1)
TOKEN_LIFE = timedelta(hours=1)
GRACE = timedelta(minutes=2)
CODE_LIFE = timedelta(minutes=15)


@dataclass(eq=False)
class Customer:
    """One person as they were met once, in the inbox where that was."""

    id: str
    inbox: str
    mailboxes: set[str] = field(default_factory=set)  # proved, not merely typed
    signed_for: bool = False


@dataclass(eq=False)
class Grant:
    """A browser may see a customer, until a moment, by a link or by a proof of its own."""

    customer: Customer
    proof: str
    until: datetime | None = None
    link: str | None = None
    over: bool = False

    def live(self, at: datetime) -> bool:
        """Whether it opens something at `at`."""
        return not self.over and (self.until is None or self.until > at)


@dataclass(eq=False)
class Device:
    """A browser that is somebody's."""

    id: str
    customer: Customer
    first_seen: datetime
    token: str | None = None
    before: str | None = None  # the token before, good until its replacement is used
    spent: dict[str, datetime] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    beside: Device | None = None
    used: bool = False
    revoked: bool = False

    def give(
        self,
        customer: Customer,
        proof: str,
        at: datetime,
        until: datetime | None = None,
        link: str | None = None,
    ) -> None:
        """Grant, or renew what is there by the same proof."""
        for one in self.grants:
            if one.customer is customer and one.proof == proof and not one.over:
                if one.live(at) and (link is None or one.link == link):
                    one.until = until
                    return
                one.over = True
        self.grants.append(Grant(customer, proof, until, link))

    def customers(self, at: datetime, *, firm: bool = False) -> set[Customer]:
        """All that it holds a live grant for; `firm`: by more than a technician's word."""
        if self.revoked:
            return set()
        live = {one for one in self.grants if one.live(at) and not (firm and one.proof == "vouched")}
        return {one.customer for one in live}


@dataclass(eq=False)
class Visit:
    """What an access token speaks for: a browser's visit to an inbox."""

    id: str
    inbox: str
    device: Device | None = None
    named: bool = False  # the token itself names the device
    beside: Device | None = None
    facts: dict[str, str] | None = None  # whom the host site has signed for, while not on file
    claims: set[str] = field(default_factory=set)  # said before acting


@dataclass(eq=False)
class Key:
    """A resume key."""

    customer: Customer
    over: bool = False


class Rules:
    """The whole of what has been proved. `separate`: the inboxes that share nothing."""

    def __init__(self, separate: Iterable[str]) -> None:
        self.separate = set(separate)
        self.customers: dict[str, Customer] = {}
        self.devices: dict[str, Device] = {}
        self.visits: dict[str, Visit] = {}
        self.tokens: dict[str, tuple[Visit, datetime]] = {}
        self.users: dict[tuple[str, str], Customer] = {}
        self.keys: dict[str, Key] = {}

    def sees(self, visit: Visit | None, at: datetime) -> set[Customer]:
        """The customers that this visit may be shown."""
        return self.shown(visit.device, visit.inbox, at) if visit is not None else set()

    def shown(self, device: Device | None, inbox: str, at: datetime) -> set[Customer]:
        """The same for a device in an inbox: nothing crosses the wall around a separate one."""
        if device is None:
            return set()
        found = {one for one in device.customers(at) if self.within(inbox, one)}
        return found if device.customer in found else set()

    def within(self, inbox: str, customer: Customer) -> bool:
        """Whether an inbox may know of a customer."""
        return customer.inbox == inbox or not {inbox, customer.inbox} & self.separate

    def speaks(self, token: str | None, at: datetime, life: timedelta = TOKEN_LIFE) -> Visit | None:
        """The visit of an access token that is not too old."""
        visit, issued = self.tokens.get(token or "", (None, at))
        return visit if at - issued <= life else None

    def customer(self, name: str, inbox: str) -> Customer:
        """A customer who was made just now."""
        made = self.customers[name] = Customer(name, inbox)
        return made

    def device(self, name: str, customer: Customer, token: str | None, at: datetime) -> Device:
        """A browser that has just become this customer's."""
        made = self.devices[name] = Device(name, customer, at, token)
        made.give(customer, "device", at)
        return made

    def present(self, tokens: Iterable[str | None], at: datetime) -> tuple[Device, str] | None:
        """A browser shows device tokens: the device, if one of them is good; what a spent one does, if none is."""
        shown = [one for one in tokens if one]
        for token in shown:
            for device in self.devices.values():
                if device.revoked or token not in (device.token, device.before):
                    continue
                if token == device.token and device.before is not None:
                    device.spent[device.before], device.before = at, None
                return device, token
        for token in shown:
            for device in self.devices.values():
                if token in device.spent and at - device.spent[token] > GRACE:
                    self.end(device)
        return None

    @staticmethod
    def replace(device: Device, shown: str | None, new: str) -> None:
        """A device token was replaced by another."""
        device.before, device.token = shown, new

    @staticmethod
    def end(device: Device) -> None:
        """A browser opens nothing any more."""
        device.revoked = True
        for one in device.grants:
            one.over = True

    def prove(self, device: Device, address: str, inbox: str, at: datetime) -> None:
        """A mailbox was proved in this browser: it opens whom it was proved for before, and is its own person's."""
        for one in self.proved(address, inbox):
            device.give(one, "proven", at)
        device.customer.mailboxes.add(address)
        device.give(device.customer, "proven", at)

    def proved(self, address: str, inbox: str) -> set[Customer]:
        """For whom within reach of an inbox a mailbox is proved."""
        return {
            one for one in self.customers.values() if address in one.mailboxes and self.within(inbox, one)
        }

    def sign(self, device: Device, facts: dict[str, str], inbox: str, at: datetime) -> None:
        """The host site of an inbox speaks for whoever is at this browser, for a day."""
        device.customer.signed_for = True
        device.give(device.customer, "signed", at, at + A_DAY)
        if address := facts.get("verified"):
            device.customer.mailboxes.add(address)
            for one in self.proved(address, inbox):
                if one.inbox == inbox and one is not device.customer:
                    device.give(one, "signed", at, at + A_DAY)

    def sign_out(self, device: Device, other: Device, at: datetime) -> None:
        """`other` is shut out from what `device` holds firmly; wholly, where it began as one of those."""
        firm = device.customers(at, firm=True)
        if other is device or other.customer in firm:
            self.end(other)
        for one in other.grants:
            one.over = one.over or one.customer in firm

    def unlink(self, link: str) -> None:
        """A link was taken back: what came from it ends."""
        for device in self.devices.values():
            for one in device.grants:
                one.over = one.over or one.link == link
