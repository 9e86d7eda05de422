"""What technicians do in between, what time does, and what a technician must not be shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from chat.errors import Problem
from chat.log.entries import Act, Author, Claim, Entry, Reopen, Resolve, Say
from chat.log.store import store
from customers.audit import Actor
from customers.models import Device as DeviceRow
from customers.models import Inbox, Vouch
from customers.services.devices import revoke_device
from tests.known import canaries
from tests.known.canaries import NOBODY
from tests.known.rules import Customer, Device
from tests.known.world import Leak, Talk, World

A_MONTH = timedelta(days=30)


def _act(world: World, talk: Talk, act: Act) -> None:
    ana = world.staff["ana"]
    try:
        store(Entry(UUID(talk.id), Author("technician", ana.pk, "Ana"), act))
    except Problem as problem:
        world.count(f"technician: {problem.code}")


def answer(world: World, talk: Talk) -> None:
    """A reply, and a note that no customer may ever see."""
    reply, note = (f"Ana says {canaries.word()}" for _ in range(2))
    world.canaries.give(talk.customer.id, reply)
    world.canaries.give(NOBODY, note)
    _act(world, talk, Claim())
    _act(world, talk, Say(reply, str(uuid4())))
    _act(world, talk, Say(note, str(uuid4()), note=True))
    world.do()


def solve(world: World, talk: Talk) -> None:
    """Resolved, with an outcome; the customer gets a key and perhaps a mail."""
    problem, cause, fix, applies = (
        f"{word} {canaries.word()}" for word in ("scan", "browser", "patch", "model")
    )
    world.canaries.give(talk.customer.id, problem, cause, fix, applies)
    _act(world, talk, Claim())
    _act(world, talk, Resolve(problem=problem, cause=cause, fix=fix, applies_to=applies))
    world.do()


def reopen(world: World, talk: Talk) -> None:
    """Open again."""
    reason = f"it is back {canaries.word()}"
    world.canaries.give(talk.customer.id, reason)
    _act(world, talk, Reopen(reason))
    world.do()


def vouch(world: World, talk: Talk, candidate: Customer, who: str = "ana") -> str:
    """A technician's word; gives the link, "" when it was refused or waits for a second person."""
    reason = f"knew it all {canaries.word()}"
    world.canaries.give(NOBODY, reason)
    body = {"customer": candidate.id, "facts": [reason], "reason": reason}
    got = world.house.ask_as(world.staff[who], "POST", f"conversations/{talk.id}/vouch", body)
    world.count(f"vouch {got.status}")
    if got.status == 202:
        world.waiting.append((got.json["vouch"], talk, candidate))
    link = opened(world, talk, candidate, got.json["link"]) if got.status == 201 else ""
    world.do()
    return link


def opened(world: World, talk: Talk, candidate: Customer, link: str) -> str:
    """A vouch opens a history to the browser that the conversation's own customer writes from, for a month."""
    device = world.rules.devices[str(Vouch.objects.get(link_id=UUID(link)).device_id)]
    if device.customer is not talk.customer or not world.rules.within(talk.inbox, candidate):
        raise Leak("a vouch opened a history to somebody else's browser, or across a wall")
    if talk.customer not in device.customers(world.now(), firm=True):
        raise Leak("a vouch for a browser that is merely vouched for")
    now = world.now()
    device.give(candidate, "vouched", now, now + A_MONTH, link)
    world.links.append(link)
    return link


def decide(world: World, number: int, *, agree: bool) -> None:
    """The second person."""
    name, talk, candidate = world.waiting.pop(number % len(world.waiting))
    path = f"vouches/{name}/{'agree' if agree else 'refuse'}"
    got = world.house.ask_as(world.staff["bo"], "POST", path, {"reason": "no"})
    world.count(f"second person {got.status}")
    if got.status == 201:
        opened(world, talk, candidate, got.json["link"])
    world.do()


def link(world: World, a: Customer, b: Customer) -> str:
    """These two are one person; it opens nothing."""
    body = {"a": a.id, "b": b.id, "reason": "the same voice"}
    got = world.house.ask_as(world.staff["ana"], "POST", "links", body)
    world.count(f"link {got.status}")
    if got.status == 201 and not world.rules.within(a.inbox, b):
        raise Leak("a link across the wall of a separate inbox")
    if got.status == 201:
        world.links.append(got.json["id"])
    world.do()
    return str(got.json.get("id", ""))


def unlink(world: World, name: str) -> None:
    """Taken back."""
    got = world.house.ask_as(world.staff["ana"], "DELETE", f"links/{name}", {"reason": "not after all"})
    world.count(f"unlink {got.status}")
    if got.status == 204:
        world.rules.unlink(name)
    world.do()


def not_same(world: World, talk: Talk, candidate: Customer) -> None:
    """A suggestion is refused, and a history that is only suggested is looked at."""
    body = {"customer": candidate.id, "reason": "to be sure"}
    for path in ("not-same", "disclosures"):
        got = world.house.ask_as(world.staff["bo"], "POST", f"conversations/{talk.id}/{path}", body)
        world.count(f"{path} {got.status}")
    world.do()


def read_card(world: World, talk: Talk) -> None:
    """The return card: nothing of customers beyond the wall of a separate inbox."""
    got = world.house.ask_as(world.staff["ana"], "GET", f"conversations/{talk.id}/return-card")
    assert got.status == 200, got.raw
    reach = {one.id for one in world.rules.customers.values() if world.rules.within(talk.inbox, one)}
    strange = world.canaries.foreign(got.raw, {*reach, talk.customer.id, NOBODY})
    if strange:
        raise Leak(f"the panel of {talk.inbox} shows {strange}: {got.raw}")


def set_vouching(world: World, mode: str) -> None:
    """How an inbox has it with vouching."""
    Inbox.objects.update(vouching=mode)
    world.count(f"vouching {mode}")


def revoke(world: World, device: Device) -> None:
    """An administrator ends a browser's access."""
    row = DeviceRow.objects.get(pk=device.id)
    ruth = Actor("technician", world.staff["bo"].pk, "Ruth")
    revoke_device(row, at=world.now(), actor=ruth, reason="lost laptop")
    world.rules.end(device)
    world.do()


def pass_time(world: World, by: timedelta) -> None:
    """Time passes, with a look at every moment at which something ends: a process looks every second."""
    end: datetime = world.now() + by
    moments = {
        one.until
        for device in world.rules.devices.values()
        for one in device.grants
        if one.until is not None and world.now() < one.until < end
    }
    for moment in sorted(moments):
        world.house.pass_time(moment - world.now() + timedelta(seconds=1))
        world.do()
    if end > world.now():
        world.house.pass_time(end - world.now())
    world.do()
