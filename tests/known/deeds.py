"""What a browser does with conversations, devices, mails and nonsense, its own and everybody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.known import canaries
from tests.known.house import Answer, Plug
from tests.known.proving import begin
from tests.known.rules import Customer, Device, Key, Visit
from tests.known.world import ASKED, Browser, Deed, Leak, Letter, Talk, World

Claims = dict[str, str]


def _call(
    world: World,
    browser: Browser,
    name: str,
    method: str,
    path: str,
    body: object,
    learn: Callable[[Answer, Visit], Any],
    token: str | None = None,
) -> Deed:
    """A request under an access token, the browser's own unless another is given."""
    token = token or browser.access[browser.inbox]
    visit = world.rules.speaks(token, world.now())

    def learned(answer: Answer) -> set[Customer]:
        if visit is None:
            if answer.status != 401:
                raise Leak(f"{name}: an old access token was answered {answer.status}")
            return set()
        return set(learn(answer, visit) or ())

    send = lambda: world.house.ask(method, path, body, bearer=token, cookies=browser.jar)  # noqa: E731
    return Deed(name, browser, send, learned, visit, json.dumps([body, path, token]))


def _theirs(world: World, visit: Visit, talk: Talk, answer: Answer, what: str) -> bool:
    """Whether they may see this conversation; if not, the answer is the one for what does not exist."""
    if talk.customer in world.sees(visit):
        world.expect(answer.status != 404, f"{what}: {answer.raw}")
        return answer.status < 400
    if (answer.status, answer.json) != (404, world.nothing) and not world.racing:
        raise Leak(f"{what} of somebody else's conversation: {answer.raw}")
    return False


def start(
    world: World, browser: Browser, *, client_id: str, text: str, about: Claims, token: str | None = None
) -> Deed:
    """`POST conversations`."""

    def learn(answer: Answer, visit: Visit) -> set[Customer]:
        if answer.status not in (200, 201):
            return set()
        return begun(world, browser, visit, about, text, answer.json)

    body = {"client_id": client_id, "text": text, "about": about}
    return _call(world, browser, "start", "POST", "conversations", body, learn, token)


def begun(
    world: World, browser: Browser, visit: Visit, about: Claims, text: str, answer: dict[str, Any]
) -> set[Customer]:
    """A conversation has begun, over HTTP or the socket: whose it is, and with which device."""
    name, found, told = (
        answer["conversation"]["id"],
        answer["message"]["by"]["id"],
        answer.get("device_token"),
    )
    device = visit.device
    talk = world.talk(name)
    if device is None or device.revoked:
        device = begin(world, visit, world.device_of(visit, told), told, ())
    elif told and told != device.token:
        if device.token is None:
            device.token = told
        else:
            world.rules.replace(device, device.token, told)
    if found != device.customer.id:
        raise Leak(f"a conversation began as {found}, not {device.customer.id}")
    if talk is None:
        talk = Talk(name, device.customer, visit.inbox, answer["conversation"]["case_code"])
        world.talks.append(talk)
    elif talk.customer is not device.customer:
        raise Leak("somebody else's conversation was found by a client_id")
    if told:
        browser.stored[visit.inbox] = told
    world.canaries.give(found, found, name, talk.case_code, answer["message"]["message"], text)
    world.canaries.give(found, *about.values(), *visit.claims)
    return {device.customer}


def about(world: World, browser: Browser, claims: Claims) -> Deed:
    """`POST about`: claims, of oneself or of somebody else."""

    def learn(answer: Answer, visit: Visit) -> None:
        assert answer.status == 204, answer.raw
        claim(world, visit, claims)

    return _call(world, browser, "about", "POST", "about", claims, learn)


def claim(world: World, visit: Visit, claims: Claims) -> None:
    """Somebody has said this of themselves; it is theirs too from now on."""
    if world.sees(visit) and visit.device is not None:
        world.canaries.give(visit.device.customer.id, *claims.values())
    else:
        visit.claims.update(claims.values())


def write(
    world: World, browser: Browser, talk: Talk, text: str, client_id: str, token: str | None = None
) -> Deed:
    """`POST conversations/{id}/messages`."""

    def learn(answer: Answer, visit: Visit) -> None:
        if _theirs(world, visit, talk, answer, "message"):
            world.canaries.give(talk.customer.id, text, client_id, answer.json["id"])

    body = {"client_id": client_id, "text": text}
    return _call(world, browser, "message", "POST", f"conversations/{talk.id}/messages", body, learn, token)


def look(world: World, browser: Browser, talk: Talk, what: str, token: str | None = None) -> Deed:
    """Read a log, mark it read, print it, ask for a key, or whether it holds: whatever is asked of a conversation."""
    path = f"conversations/{talk.id}/"
    method, rest, body = {
        "events": ("GET", "events?after=0&limit=500", None),
        "read": ("POST", "read", {"seq": 1}),
        "print": ("POST", "transcript", {}),
        "held": ("POST", "outcome", {"held": True}),
        "came back": ("POST", "outcome", {"held": False}),
        "list": ("GET", "", None),
    }[what]
    path = "conversations" if what == "list" else path + rest

    def learn(answer: Answer, visit: Visit) -> None:
        if what == "list":
            listed = {one["id"] for one in answer.json["conversations"]}
            due = {one.id for one in world.talks if one.customer in world.sees(visit)}
            world.expect(listed == due, f"listed {listed}, not {due}")
        else:
            _theirs(world, visit, talk, answer, what)

    return _call(world, browser, what, method, path, body, learn, token)


def transcript(world: World, browser: Browser, talk: Talk, address: str) -> Deed:
    """`POST conversations/{id}/transcript` to an address: the same answer, whosever it is."""

    def learn(answer: Answer, visit: Visit) -> None:
        if not _theirs(world, visit, talk, answer, "transcript"):
            return
        assert (answer.status, answer.json) == (202, {}), answer.raw
        may, device = world.sees(visit), visit.device
        if device is not None and not any(address in one.mailboxes for one in may):
            firm = talk.customer in device.customers(world.now(), firm=True)
            world.canaries.give((talk.customer if firm else device.customer).id, address)

    path = f"conversations/{talk.id}/transcript"
    return _call(world, browser, "transcript", "POST", path, {"email": address}, learn)


def new_key(world: World, browser: Browser, talk: Talk) -> Deed:
    """`POST conversations/{id}/resume-key`: for whoever holds it by more than a word."""

    def learn(answer: Answer, visit: Visit) -> None:
        if answer.status != 201:
            return
        if visit.device is None or talk.customer not in visit.device.customers(world.now(), firm=True):
            raise Leak("a resume key to a history that this browser does not hold")
        world.rules.keys[answer.json["resume_key"]] = Key(talk.customer)
        world.canaries.give(talk.customer.id, answer.json["resume_key"])

    return _call(world, browser, "new key", "POST", f"conversations/{talk.id}/resume-key", {}, learn)


def forget_keys(world: World, browser: Browser) -> Deed:
    """`DELETE resume-keys`."""

    def learn(answer: Answer, visit: Visit) -> None:
        if answer.status == 204 and visit.device is not None:
            firm = visit.device.customers(world.now(), firm=True)
            for key in world.rules.keys.values():
                key.over = key.over or key.customer in firm

    return _call(world, browser, "forget keys", "DELETE", "resume-keys", None, learn)


def list_devices(world: World, browser: Browser) -> Deed:
    """`GET devices`: those, and only those, that see what this one holds firmly."""

    def learn(answer: Answer, visit: Visit) -> None:
        if answer.status == 200 and visit.device is not None:
            firm, now = visit.device.customers(world.now(), firm=True), world.now()
            due = {one.id for one in world.rules.devices.values() if one.customers(now) & firm}
            listed = {one["id"] for one in answer.json["devices"]}
            if listed - due:
                raise Leak(f"devices {listed - due} are listed")
            world.expect(listed == due, "a device is not listed")

    return _call(world, browser, "devices", "GET", "devices", None, learn)


def sign_out(world: World, browser: Browser, other: Device) -> Deed:
    """`DELETE devices/{id}`, one's own or somebody else's."""

    def learn(answer: Answer, visit: Visit) -> None:
        now, own = world.now(), visit.device
        firm = own.customers(now, firm=True) if own is not None and world.sees(visit) else set()
        if answer.status == 204 and own is not None:
            if not other.customers(now) & firm:
                raise Leak("a browser signed out another that is none of its own")
            world.rules.sign_out(own, other, now)
        elif other.customers(now) & firm:
            world.expect(False, f"it could not sign out its own device: {answer.raw}")

    return _call(world, browser, "sign out", "DELETE", f"devices/{other.id}", None, learn)


def open_letter(world: World, browser: Browser, letter: Letter, *, use: bool, answer: str = "yes") -> Deed:
    """`POST link` or `link/use` with what stands in a mail: "yes, this was me", "this was not me", "it holds"."""

    def learn(got: Answer) -> set[Customer]:
        shown = {letter.customer} if letter.kind == "held" and letter.customer else set()
        if got.status == 200 and use:
            if letter.used and letter.kind != "held":
                raise Leak("a link worked twice")
            letter.used = True
            if letter.kind == "confirm" and letter.customer is not None:
                letter.customer.mailboxes.add(letter.to)
            elif letter.kind == "notice":
                world.rules.unlink(letter.link)
        return shown

    body = {"token": letter.token, "answer": answer}
    path = "link/use" if use else "link"
    send = lambda: world.house.ask("POST", path, body, cookies=browser.jar)  # noqa: E731
    return Deed(
        f"{path} {letter.kind}", browser, send, learn, None, json.dumps([body, browser.jar.get(ASKED)])
    )


def nonsense(world: World, browser: Browser, method: str, path: str, body: str, bearer: str) -> Deed:
    """Anything at all; nothing is to come of it."""
    send = lambda: world.house.ask(method, path, body, bearer=bearer, cookies=browser.jar)  # noqa: E731
    return Deed(
        "nonsense",
        browser,
        send,
        lambda answer: (),
        world.rules.speaks(bearer, world.now()),
        body + path + bearer,
    )


def say(world: World, plug: Plug, frame: dict[str, Any], about: Claims | None = None) -> list[dict[str, Any]]:
    """A frame over a socket; its answers. What begins a conversation, or claims, is learned."""
    browser, visit = world.browsers[plug.browser], plug.visit
    ref = world.house.tell(plug, frame)
    world.house.settle()
    answers = [one for text in plug.new if (one := json.loads(text)).get("ref") == ref]
    for one in answers:
        if one["type"] == "conversation.started":
            begun(world, browser, visit, about or {}, frame["text"], one)
        elif one["type"] == "message.accepted":
            talk = world.talk(one["conversation"])
            if talk is None or talk.customer not in world.sees(visit):
                raise Leak("a message was accepted in somebody else's conversation")
            world.canaries.give(talk.customer.id, frame["text"], frame["client_id"], one["id"])
        elif one["type"] == "ok" and frame["type"] == "about":
            claim(world, visit, about or {})
        elif one["type"] == "error":
            world.count(f"frame refused: {one['code']}")
    world.do()
    return answers


def texts(count: int = 1) -> list[str]:
    """Something to say, with a canary."""
    return [f"My printer {canaries.word()} does not scan" for _ in range(count)]
