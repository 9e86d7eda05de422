"""A mailbox and a resume key: what leads back to a history in a browser that has never seen it."""

from __future__ import annotations

import json
from typing import Any

from customers.models import Device as DeviceRow
from customers.visits import TokenRefused, visit_of
from tests.known.entering import device_named, enter
from tests.known.house import Answer
from tests.known.rules import CODE_LIFE, Customer, Device, Key, Visit
from tests.known.world import ASKED, DEVICE, Browser, Deed, Leak, Letter, World


def ask_code(world: World, browser: Browser, address: str) -> Deed:
    """`POST recovery/mailbox`: always the same answer."""
    token = browser.access[browser.inbox]
    visit = _visit(world, token)

    def learn(answer: Answer) -> set[Customer]:
        assert (answer.status, answer.json) in ((202, {}), (401, answer.json)), answer.raw
        return set()

    if visit is not None:
        world.asked.append((address, visit))
    return _deed(world, "ask code", browser, "recovery/mailbox", {"email": address}, token, visit, learn)


def enter_code(world: World, browser: Browser, code: str) -> Deed:
    """`POST recovery/code`."""
    inbox, token = browser.inbox, browser.access[browser.inbox]
    visit = _visit(world, token)

    def learn(answer: Answer) -> set[Customer]:
        letter = _newest(world, visit) if visit else None
        if letter is not None:
            letter.tries += 1
        right = letter is not None and letter.code == code and letter.tries <= 5
        if answer.status != 200:
            world.expect(not right or answer.status == 401, "the right code was refused")
            return set()
        if not right or letter is None or visit is None:
            raise Leak(f"code {code} was accepted")
        device = _proved(world, visit, letter, answer.json["access_token"], answer.json["device_token"])
        return enter(world, browser, inbox, answer.json, device)

    return _deed(world, "code", browser, "recovery/code", {"code": code}, token, visit, learn)


def follow_link(world: World, browser: Browser, letter: Letter) -> Deed:
    """`POST link/use` with the link of a mail that holds a code: good in the browser that asked."""
    visit = _asking(world, browser)

    def learn(answer: Answer) -> set[Customer]:
        fresh = not letter.used and letter.at + CODE_LIFE > world.now()
        if answer.status != 200:
            return set()
        if not fresh or visit is None or not _asked_by(letter, visit):
            raise Leak("the link of a code works in another browser, or again")
        _proved(world, visit, letter, None, answer.cookies.get(DEVICE))
        return set()

    body = {"token": letter.token}
    send = lambda: world.house.ask("POST", "link/use", body, cookies=browser.jar)  # noqa: E731
    return Deed("follow link", browser, send, learn, None, json.dumps(body))


def use_key(world: World, browser: Browser, text: str) -> Deed:
    """`POST recovery/resume-key`."""
    inbox, token = browser.inbox, browser.access[browser.inbox]
    visit = _visit(world, token)

    def learn(answer: Answer) -> set[Customer]:
        if answer.status != 200:
            return set()
        rules, now, key = world.rules, world.now(), world.rules.keys.get(text)
        if key is None or key.over or visit is None or not rules.within(inbox, key.customer):
            raise Leak(f"resume key {text} was accepted")
        key.over = True
        device = _settled(
            world, visit, answer.json["access_token"], answer.json["device_token"], key.customer
        )
        device.give(key.customer, "device", now)
        rules.keys[answer.json["new_resume_key"]] = Key(key.customer)
        world.canaries.give(key.customer.id, answer.json["new_resume_key"])
        return enter(world, browser, inbox, answer.json, device)

    return _deed(world, "resume key", browser, "recovery/resume-key", {"key": text}, token, visit, learn)


def _proved(world: World, visit: Visit, letter: Letter, access: str | None, token: str | None) -> Device:
    for one in world.letters:
        one.used = one.used or (one.kind == "code" and one.code == letter.code and one.at == letter.at)
    theirs = world.rules.proved(letter.to, visit.inbox)
    device = _settled(world, visit, access, token, *theirs)
    world.rules.prove(device, letter.to, visit.inbox, world.now())
    world.canaries.give(device.customer.id, letter.to)
    return device


def _settled(world: World, visit: Visit, access: str | None, token: str | None, *known: Customer) -> Device:
    """The device of a visit after something was proved in it; a visitor's begins as one of `known`, if any."""
    if visit.device is not None and not visit.device.revoked:
        return visit.device
    name = device_named(access) if access else world.device_of(visit, token)
    return begin(world, visit, name, token, known)


def begin(world: World, visit: Visit, name: str, token: str | None, known: tuple[Customer, ...]) -> Device:
    """A visitor has become somebody, as the database says: one they may be, or somebody new."""
    rules, now, found = world.rules, world.now(), str(DeviceRow.objects.get(pk=name).customer_id)
    due = rules.users.get((visit.inbox, visit.facts["user"])) if visit.facts else None
    if due is not None or (known and not visit.facts):
        may = [due] if due is not None else list(known)
        customer = next((one for one in may if one.id == found), None)
        if customer is None:
            raise Leak(f"a visitor became {found}, not one of {[one.id for one in may]}")
    elif found in rules.customers:
        raise Leak(f"a visitor became {found}, who is somebody else")
    else:
        customer = rules.customer(found, visit.inbox)
    device = rules.device(name, customer, None if visit.beside else token, now)
    device.beside = visit.beside
    if visit.device is None:
        visit.device = device
    if visit.facts:
        rules.users[visit.inbox, visit.facts["user"]] = customer
        rules.sign(device, visit.facts, visit.inbox, now)
        world.canaries.give(customer.id, *visit.facts.values())
    return device


def _newest(world: World, visit: Visit) -> Letter | None:
    now = world.now()
    due = [
        one
        for one in world.letters
        if one.kind == "code" and not one.used and one.at + CODE_LIFE > now and _asked_by(one, visit)
    ]
    return max(due, key=lambda one: one.at, default=None)


def _asked_by(letter: Letter, visit: Visit) -> bool:
    asked = letter.visit
    if asked is None or asked.inbox != visit.inbox:
        return False
    same = letter.device is not None and letter.device is visit.device
    return asked is visit or same or (asked.device is not None and asked.device is visit.device)


def _asking(world: World, browser: Browser) -> Visit | None:
    """The visit in which this browser asked for a code last, as its cookie says."""
    try:
        return world.rules.visits.get(visit_of(browser.jar.get(ASKED)).id.hex)
    except TokenRefused:
        return None


def _visit(world: World, token: str | None) -> Visit | None:
    return world.rules.speaks(token, world.now())


def _deed(
    world: World,
    name: str,
    browser: Browser,
    path: str,
    body: object,
    token: str,
    visit: Visit | None,
    learn: Any,
) -> Deed:
    send = lambda: world.house.ask("POST", path, body, bearer=token, cookies=browser.jar)  # noqa: E731
    return Deed(name, browser, send, learn, visit, json.dumps([body, token]))
