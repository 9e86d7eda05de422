"""The doors: a session by token, by cookie, by the host site's signature; a mailbox, a resume key."""

from __future__ import annotations

import json
from typing import Any

from customers.visits import visit_of
from tests.known.house import Answer
from tests.known.identities import Identity
from tests.known.rules import A_DAY, TOKEN_LIFE, Customer, Device
from tests.known.world import AGES, DEVICE, Browser, Deed, Leak, World


def open_session(
    world: World,
    browser: Browser,
    *,
    inbox: str,
    token: str | None,
    cookie: str | None,
    earlier: str | None,
    identity: Identity | None = None,
) -> Deed:
    """`POST session` with a device token, a cookie, an earlier access token, a signed identity."""
    body = {"inbox": inbox, "device_token": token, "access_token": earlier}
    body |= {"identity": identity.text} if identity else {}
    body = {name: value for name, value in body.items() if value is not None}
    jar = {**browser.jar, DEVICE: cookie} if cookie else {k: v for k, v in browser.jar.items() if k != DEVICE}

    def learn(answer: Answer) -> set[Customer]:
        rules, now = world.rules, world.now()
        held = rules.present([token, cookie], now)
        base = held[0] if held and rules.within(inbox, held[0].customer) else None
        shown = held[1] if held else None
        if identity is not None:
            good = identity.good and not identity.used and identity.inbox == inbox and identity.ends > now
            if answer.status != 200:
                world.expect(not good, f"a good identity was refused: {answer.json}")
                return set()
            if not good:
                raise Leak("an identity was accepted that nobody has signed for this inbox, now")
            identity.used = True
            device = _signed(world, browser, inbox, identity.facts, base, shown, earlier, answer.json)
        else:
            assert answer.status == 200, answer.raw
            device = _held(world, inbox, base, shown, earlier, answer.json)
        return enter(world, browser, inbox, answer.json, device)

    name = "identity" if identity else "session"
    return Deed(
        name,
        browser,
        lambda: world.house.ask("POST", "session", body, cookies=jar),
        learn,
        None,
        json.dumps([body, jar]),
    )


def enter(
    world: World, browser: Browser, inbox: str, answer: dict[str, Any], device: Device | None
) -> set[Customer]:
    """A session was given: keep its tokens; it lists all that it should, and nothing else."""
    visit = world.take(answer["access_token"], device)
    browser.inbox, browser.access[inbox] = inbox, answer["access_token"]
    if answer["device_token"]:
        browser.stored[inbox] = answer["device_token"]
    may = world.sees(visit)
    listed = {one["id"] for one in answer["conversations"]}
    due = {one.id for one in world.talks if one.customer in may}
    if listed - due:
        raise Leak(f"a session lists {listed - due}")
    world.expect(not due - listed, f"a session does not list {due - listed}")
    if may:
        world.count("session that shows somebody")
    return may


def _held(
    world: World,
    inbox: str,
    base: Device | None,
    shown: str | None,
    earlier: str | None,
    answer: dict[str, Any],
) -> Device | None:
    rules, now, told = world.rules, world.now(), answer["device_token"]
    before = rules.speaks(earlier, now, A_DAY)
    if before is not None and before.inbox == inbox and (before.named or before.facts):
        # What the host site has signed for goes on when its page renews the visit.
        device = before.device if before.device is not None and not before.device.revoked else None
        if device is None and before.facts and before.beside is base:
            return None
        if (
            device is not None
            and base is not None
            and device.beside is base
            and rules.shown(device, inbox, now)
        ):
            device.used = True
            return device
    if base is not None:
        if not rules.shown(base, inbox, now):
            return None
        if told:
            rules.replace(base, shown, told)
        else:
            base.used = True
        return base
    visit = before
    if visit is None or visit.inbox != inbox or visit.named or visit.facts or visit.device is None:
        return None
    device = visit.device
    if device.revoked or device.used:
        return None
    rules.replace(device, device.token, told)
    return device if rules.shown(device, inbox, now) else None


def _signed(
    world: World,
    browser: Browser,
    inbox: str,
    facts: dict[str, str],
    base: Device | None,
    shown: str | None,
    earlier: str | None,
    answer: dict[str, Any],
) -> Device | None:
    rules, now, told = world.rules, world.now(), answer["device_token"]
    customer = rules.users.get((inbox, facts["user"]))
    before = rules.speaks(earlier, now, TOKEN_LIFE)
    same_hands = (
        base is not None and not base.customer.signed_for and before is not None and before.device is base
    )
    if customer is None and same_hands and base is not None:
        customer = rules.users[inbox, facts["user"]] = base.customer
    if customer is None:
        visit = world.take(answer["access_token"], None)
        visit.facts, visit.beside = facts, base
        if answer["customer"] is not None:
            raise Leak("somebody is shown for a person who has never acted")
        return None
    name = device_named(answer["access_token"])
    if base is None:
        device = rules.device(name, customer, told, now)
    elif base.customer is customer:
        device = base
        if told:
            rules.replace(base, shown, told)
        else:
            base.used = True
    else:
        mine = (one for one in rules.devices.values() if one.beside is base and not one.revoked)
        device = next((one for one in mine if one.customer is customer), None) or rules.device(
            name, customer, None, now
        )
        device.beside, device.used = base, True
        if same_hands:
            device.give(base.customer, "device", now)
    rules.sign(device, facts, inbox, now)
    world.canaries.give(customer.id, *facts.values())
    return device


def device_named(access: str) -> str:
    """The device that an access token names."""
    return str(visit_of(access, max_age=AGES).device)
