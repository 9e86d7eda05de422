"""Coming back: mails read, identities signed, somebody helped in March."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import httpx
import jwt

from tests.support.cast import Cast, Records
from tests.support.clients import FIREFOX_ON_LINUX, CustomerClient
from tests.support.installation import Server
from tests.support.wire import Frame


def new_address(name: str = "mara") -> str:
    """An address nobody has used; the demo's server is shared by all tests."""
    return f"{name}.{uuid.uuid4().hex[:10]}@example.com"


async def mails_to(server: Server, address: str) -> list[dict[str, str]]:
    """What the demo has kept for this mailbox, the newest first."""
    async with httpx.AsyncClient(base_url=server.url) as reader:
        answer = await reader.get("/demo/mail/", headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        return [mail for mail in answer.json() if mail["to"] == address]


def code_in(mail: dict[str, str]) -> str:
    """The six digits."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", mail["text"])
    assert found, mail["text"]
    return found[0]


def link_in(mail: dict[str, str]) -> str:
    """The token behind the # of the link."""
    found = re.search(r"/link/#(\S+)", mail["text"])
    assert found, mail["text"]
    return found[1]


async def ask_for_code(who: CustomerClient, address: str) -> httpx.Response:
    """`POST recovery/mailbox`."""
    return await who.http.post("/api/widget/v1/recovery/mailbox", json={"email": address})


async def enter_code(who: CustomerClient, code: str) -> httpx.Response:
    """`POST recovery/code`; what it opens becomes the client's session."""
    return keep(who, await who.http.post("/api/widget/v1/recovery/code", json={"code": code}))


async def use_key(who: CustomerClient, key: str) -> httpx.Response:
    """`POST recovery/resume-key`, likewise."""
    return keep(who, await who.http.post("/api/widget/v1/recovery/resume-key", json={"key": key}))


def keep(who: CustomerClient, answer: httpx.Response) -> httpx.Response:
    """Go on with the session in this answer, if there is one."""
    if answer.status_code == 200:
        who.view = answer.json()
        who.device_token = who.view["device_token"] or who.device_token
        who.http.headers["Authorization"] = f"Bearer {who.token}"
    return answer


async def prove_mailbox(cast: Cast, who: CustomerClient, address: str) -> None:
    """Somebody who has claimed `address` shows that it is theirs."""
    assert (await ask_for_code(who, address)).status_code == 202
    mail = (await mails_to(cast.server, address))[0]
    assert (await enter_code(who, code_in(mail))).status_code == 200


async def helped_in_march(
    cast: Cast,
    *,
    email: str | None = None,
    name: str = "Mara Lindqvist",
    text: str = "My PSC 2210v will not scan",
) -> tuple[CustomerClient, Frame, str]:
    """Mara asks from Internet Explorer 7 and is helped: her browser, the conversation, her resume key."""
    mara, ana = await cast.customer(product="PSC 2210v"), await cast.technician("ana")
    about = {"name": name, **({"email": email} if email else {})}
    begun = await mara.start(text, about=about)
    await ana.claim(begun["id"])
    await ana.say(begun["id"], "Is it Internet Explorer 7? Then install the patch.")
    since = len(mara.wire.heard)
    await ana.resolve(
        begun["id"], problem="Does not scan", cause="Internet Explorer 7", fix="Install the 2210 patch"
    )
    solved = await mara.wire.wait(type="event", kind="resolved", conversation=begun["id"], since=since)
    return mara, begun, solved["resolved"].get("resume_key", "")


async def in_july(cast: Cast, **options: Any) -> CustomerClient:
    """A browser that has never been here."""
    return await cast.customer(user_agent=FIREFOX_ON_LINUX, **options)


def secret_of(cast: Cast, inbox: str = "demo") -> str:
    """The inbox's signing secret."""
    rows = Records(cast.server.installation).ask(
        "SELECT identity_secret FROM customers_inbox WHERE key = ?", inbox
    )
    return str(rows[0][0])


def signed_identity(key: str, subject: str, *, algorithm: str = "HS256", **claims: Any) -> str:
    """What a host site's server would make."""
    now = int(time.time())
    body = {"sub": subject, "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex, "aud": "demo", **claims}
    return jwt.encode(
        {name: value for name, value in body.items() if value is not None}, key, algorithm=algorithm
    )
