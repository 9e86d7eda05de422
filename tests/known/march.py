"""Mara, who was helped in March, and what a stranger must not get of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tests.support.cast import Cast
from tests.support.clients import CustomerClient
from tests.support.returning import (
    in_july,
    new_address,
)
from tests.support.wire import Frame

WIDGET = "/api/widget/v1/"


@dataclass
class March:
    """Mara, who was helped, with a mailbox that she has proved, and words that stand nowhere else."""

    browser: CustomerClient
    talk: Frame
    key: str
    address: str
    secret: str

    @property
    def customer(self) -> str:
        return str(self.browser.view["customer"]["id"])


async def owner_has_it(browser: CustomerClient, talk: Frame, secret: str) -> None:
    """Whatever a stranger did, it is there for whom it belongs to."""
    await browser.session()
    assert talk["id"] in {one["id"] for one in browser.view["conversations"]}
    events = await browser.http.get(f"{WIDGET}conversations/{talk['id']}/events")
    assert secret in events.text


async def sees_nothing(eve: CustomerClient, mara: March) -> None:
    """Not in her session, list or log; not over HTTP, not over the socket; not a word that was ever sent to her."""
    await eve.session()
    assert mara.talk["id"] not in str(eve.view)
    path = f"{WIDGET}conversations/{mara.talk['id']}"
    nowhere = f"{WIDGET}conversations/{uuid.uuid4()}"
    for method, rest, body in (
        ("GET", "/events", None),
        ("POST", "/messages", {"client_id": "c", "text": "x"}),
        ("POST", "/read", {"seq": 1}),
        ("POST", "/transcript", {}),
        ("POST", "/transcript", {"email": new_address("eve")}),
        ("POST", "/outcome", {"held": False}),
        ("POST", "/resume-key", {}),
    ):
        theirs = await eve.http.request(method, path + rest, json=body)
        nobodys = await eve.http.request(method, nowhere + rest, json=body)
        assert (theirs.status_code, theirs.content) == (404, nobodys.content), rest
    for frame in ("sync", "read", "typing"):
        answer = await eve.wire.ask(frame, conversation=mara.talk["id"], after=0, seq=1)
        assert answer["code"] == "not_found"
    assert mara.secret not in str(eve.wire.heard)


async def eve_in(cast: Cast, **claims: str) -> CustomerClient:
    """Eve, who has acted, with whatever she says of herself."""
    eve = await in_july(cast)
    await eve.start("I was here before", about=claims)
    return eve
