"""Addresses: what is answered to whom, to nonsense, and by a server that is not ready."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.cast import Cast, Log, client_id
from tests.support.clients import CustomerClient
from tests.support.installation import Server
from tests.support.shapes import REFUSAL, fits

#: Every endpoint below /api/: (its address, its methods with a good body), and who may ask at all.
NOBODY = str(uuid.uuid4())
CUSTOMER: dict[str, tuple[str, dict[str, Any]]] = {
    "widget-about": ("widget/v1/about", {"POST": {"name": "Mara"}}),
    "widget-conversations": (
        "widget/v1/conversations",
        {"GET": None, "POST": {"text": "hello", "client_id": "*"}},
    ),
    "widget-events": ("widget/v1/conversations/{id}/events", {"GET": None}),
    "widget-messages": (
        "widget/v1/conversations/{id}/messages",
        {"POST": {"text": "hello", "client_id": "*"}},
    ),
    "widget-read": ("widget/v1/conversations/{id}/read", {"POST": {"seq": 1}}),
    "widget-transcript": ("widget/v1/conversations/{id}/transcript", {"POST": {}}),
    "widget-outcome": ("widget/v1/conversations/{id}/outcome", {"POST": {"held": True}}),
    "widget-new-resume-key": ("widget/v1/conversations/{id}/resume-key", {"POST": {}}),
    "widget-recovery-mailbox": ("widget/v1/recovery/mailbox", {"POST": {"email": "mara@example.com"}}),
    "widget-recovery-code": ("widget/v1/recovery/code", {"POST": {"code": "123456"}}),
    "widget-recovery-resume-key": ("widget/v1/recovery/resume-key", {"POST": {"key": "RAPP"}}),
    "widget-resume-keys": ("widget/v1/resume-keys", {"DELETE": None}),
    "widget-devices": ("widget/v1/devices", {"GET": None}),
    "widget-device": ("widget/v1/devices/{device}", {"DELETE": None}),
}
TECHNICIAN: dict[str, tuple[str, dict[str, Any]]] = {
    "conversation": ("v1/conversations/{id}", {"GET": None}),
    "return-card": ("v1/conversations/{id}/return-card", {"GET": None}),
    "outcome-draft": ("v1/conversations/{id}/outcome-draft", {"GET": None}),
}
#: What technicians decide about who somebody is, and do with what is on file; shown in test_recognising, test_recall.
RECOGNITION: dict[str, tuple[str, dict[str, Any]]] = {
    "vouch": ("v1/conversations/{id}/vouch", {"POST": {"customer": NOBODY, "facts": ["the model"]}}),
    "not-same": ("v1/conversations/{id}/not-same", {"POST": {"customer": NOBODY}}),
    "disclosures": ("v1/conversations/{id}/disclosures", {"POST": {"customer": NOBODY, "reason": "why"}}),
    "vouch-agree": ("v1/vouches/{vouch}/agree", {"POST": {}}),
    "vouch-refuse": ("v1/vouches/{vouch}/refuse", {"POST": {"reason": "why"}}),
    "links": ("v1/links", {"POST": {"a": NOBODY, "b": NOBODY, "reason": "why"}}),
    "links-preview": (f"v1/links/preview?a={NOBODY}&b={NOBODY}", {"GET": None}),
    "link": ("v1/links/{link}", {"DELETE": {"reason": "why"}}),
    "resend-fix": ("v1/conversations/{id}/resend-fix", {"POST": {"outcome": NOBODY}}),
    "fixed-again": ("v1/conversations/{id}/fixed-again", {"POST": {"outcome": NOBODY}}),
    "promises": ("v1/conversations/{id}/promises", {"POST": {"text": "I will call"}}),
    "promise-kept": ("v1/promises/{promise}/kept", {"POST": {}}),
}
#: What anybody may ask without a token.
ANYBODY = {
    **{"widget-session": "widget/v1/session", "schema": "schema/", "docs": "docs/"},
    **{"widget-link": "widget/v1/link", "widget-link-use": "widget/v1/link/use"},
}
#: Pages, and what a stranger gets there.
PAGES = {
    **{"home": ("/", 200), "healthz": ("/healthz", 200), "readyz": ("/readyz", 200), "demo": ("/demo/", 200)},
    **{"widget-frame": ("/widget/frame/?inbox=demo", 200), "console": ("/console/", 302)},
    **{"console-login": ("/console/login/", 200), "console-logout": ("/console/logout/", 405)},
    **{"widget": ("/widget.js", 200), "demo-mail": ("/demo/mail/", 200), "link-page": ("/link/", 200)},
}


def names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> dict[str, str]:
    """Name → address of everything below `patterns`."""
    found: dict[str, str] = {}
    for one in patterns:
        address = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            found |= names(one.url_patterns, address)
        else:
            found[one.name or address] = address
    return found


def test_every_address_has_an_entry_in_the_tables() -> None:
    found = {
        name: address
        for name, address in names(get_resolver().url_patterns).items()
        if "admin/" not in address
    }
    ours = {name: address for name, address in found.items() if not address.startswith("api/")}
    below = {name: address for name, address in found.items() if address.startswith("api/")}
    assert ours.keys() <= PAGES.keys()
    assert below.keys() - {"api/<path:rest>"} == (
        CUSTOMER.keys() | TECHNICIAN.keys() | RECOGNITION.keys() | ANYBODY.keys()
    )


async def ask(
    who: httpx.AsyncClient, method: str, path: str, body: Any, conversation: str = ""
) -> httpx.Response:
    if isinstance(body, dict):
        body = {name: client_id() if value == "*" else value for name, value in body.items()}
    return await who.request(method, f"/api/{re.sub(r'{[a-z]+}', conversation, path)}", json=body)


def same(one: httpx.Response, other: httpx.Response) -> bool:
    return (one.status_code, one.content, one.headers.get("content-type")) == (
        *(other.status_code, other.content, other.headers.get("content-type")),
    )


async def test_without_a_token_nothing_is_said(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    async with httpx.AsyncClient(base_url=cast.server.url) as stranger:
        for path, methods in [*CUSTOMER.values(), *TECHNICIAN.values(), *RECOGNITION.values()]:
            for method, body in methods.items():
                known = await ask(stranger, method, path, body, begun)
                unknown = await ask(stranger, method, path, body, str(uuid.uuid4()))
                assert (known.status_code, known.json()["code"]) == (401, "unauthenticated"), path
                fits(known.json(), REFUSAL)
                assert same(known, unknown), path
    for path, methods in [*TECHNICIAN.values(), *RECOGNITION.values()]:
        for method, body in methods.items():
            answer = await ask(mara.http, method, path, body, begun)
            assert answer.status_code == 401, "a customer's token opens nothing of the technicians'"
    ana = await cast.technician("ana")
    for path, methods in CUSTOMER.values():
        for method, body in methods.items():
            assert (await ask(ana.http, method, path, body, begun)).status_code == 401


@pytest.mark.parametrize("name", [name for name in CUSTOMER if "{id}" in CUSTOMER[name][0]])
async def test_what_is_not_yours_does_not_exist(cast: Cast, name: str) -> None:
    mara, eve, visitor = await cast.customer(), await cast.customer(), await cast.visitor()
    begun = (await mara.start("hello"))["id"]
    await eve.start("I am somebody else")
    path, methods = CUSTOMER[name]
    for method, body in methods.items():
        assert (await ask(mara.http, method, path, body, begun)).status_code < 300, (
            "it is there for its owner"
        )
        missing = await ask(eve.http, method, path, body, str(uuid.uuid4()))
        assert missing.status_code == 404
        fits(missing.json(), {**REFUSAL, "code": "not_found"})
        for stranger in (eve, visitor):
            for conversation in (
                begun,
                str(uuid.uuid4()),
                begun.upper(),
                "nonsense",
                "0",
                "%00",
                "..%2f",
                "x" * 500,
            ):
                answer = await ask(stranger.http, method, path, body, conversation)
                assert same(answer, missing), (conversation, answer.text[:200])


@pytest.mark.parametrize("name", TECHNICIAN)
async def test_a_technician_is_told_alike_of_all_that_is_not_there(cast: Cast, name: str) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    path, methods = TECHNICIAN[name]
    for method, body in methods.items():
        assert (await ask(ana.http, method, path, body, begun)).status_code == 200
        missing = await ask(ana.http, method, path, body, str(uuid.uuid4()))
        assert missing.status_code == 404
        for conversation in ("nonsense", "0", "%00", "x" * 500):
            assert same(await ask(ana.http, method, path, body, conversation), missing)


BODIES: list[bytes] = [
    *(
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"\xff\xfe",
        b'{"text": NaN}',
        b"[" * 60_000,
        b"\0",
        b"9" * 5_000,
    ),
    *(
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"text":"\xed\xa0\x80"}',
        json.dumps({"text": "\ud800"}).encode(),
    ),
    *(json.dumps({"text": "a\0b"}).encode(), json.dumps({"text": "x" * 8_001}).encode()),
    *(
        b'{"seq": ' + b"9" * 5_000 + b"}",
        b'{"text":"' + b"x" * 200_000 + b'"}',
        b'{"x":"' + b"x" * 600_000 + b'"}',
    ),
]


async def nonsense(mara: CustomerClient, path: str) -> None:
    for body in BODIES:
        answer = await mara.http.post(path, content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (path, body[:40], answer.status_code)
        fits(answer.json(), REFUSAL)
        assert not answer.json()["retry"]
    for kind in (
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ):
        part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--x--\r\n'
        answer = await mara.http.post(path, content=part, headers={"Content-Type": kind})
        assert answer.status_code == 415, (path, kind, answer.status_code)
        fits(answer.json(), REFUSAL)


@pytest.mark.parametrize("name", ["widget-conversations", "widget-messages", "widget-read"])
async def test_nonsense_is_answered_in_the_same_form(cast: Cast, name: str) -> None:
    log, mara = Log(cast.server), await cast.customer()
    begun = (await mara.start("hello"))["id"]
    await nonsense(mara, f"/api/{CUSTOMER[name][0].replace('{id}', begun)}")
    assert (await mara.session())["conversations"][0]["last_seq"] == 1, "nothing was stored"
    assert log.calm(), log.text()


@pytest.mark.parametrize("name", RECOGNITION)
async def test_nobody_is_recognised_who_is_not_there(cast: Cast, name: str) -> None:
    ana = await cast.technician("ana")
    path, methods = RECOGNITION[name]
    for method, body in methods.items():
        answer = await ask(ana.http, method, path, body, NOBODY)
        assert answer.status_code == 404
        fits(answer.json(), {**REFUSAL, "code": "not_found"})


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=1.5", "after=٣", f"after={'9' * 5000}", "limit=0"]
)
async def test_numbers_in_a_query(cast: Cast, query: str) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    answer = await mara.http.get(f"/api/widget/v1/conversations/{begun}/events?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["fields"].keys() == {query.partition("=")[0]}


async def test_other_methods_and_addresses_below_api(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as eve:
        for method in ("GET", "PUT", "PATCH"):
            answer = await eve.request(method, "/api/widget/v1/session")
            assert answer.status_code == 405
            fits(answer.json(), REFUSAL)
        for path in (
            "/api/widget/v1/",
            "/api/widget/v1/rating",
            "/api/v2/x",
            "/api/widget/v1/session/x",
        ):
            answer = await eve.get(path)
            assert answer.status_code == 404, path
            fits(answer.json(), REFUSAL)


async def test_pages_carry_their_headers(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as visitor:
        for path, status in PAGES.values():
            answer = await visitor.get(path)
            assert answer.status_code == status, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            if path == "/widget.js":
                continue
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'")
            assert "unsafe" not in policy
            framed = "frame-ancestors 'self'" if "frame" in path else "frame-ancestors 'none'"
            assert framed in policy, path
        frame = await visitor.get("/widget/frame/?inbox=demo")
        assert frame.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script(?![^>]*(src=|application/json))", frame.text)
        for unknown in (
            "/widget/frame/",
            "/widget/frame/?inbox=nobody",
            "/widget/frame/?inbox=%00",
            "/nothing/",
        ):
            assert (await visitor.get(unknown)).status_code == 404


async def test_foreign_host_headers_are_refused(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as eve:
        answer = await eve.get("/console/login/", headers={"Host": "evil.example"})
        assert answer.status_code == 400
        assert "evil.example" not in answer.text


async def test_changing_needs_the_csrf_token(cast: Cast) -> None:
    ana = await cast.technician("ana")
    del ana.http.headers["X-CSRFToken"]
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = await ana.http.post("/console/logout/", headers=headers)
        assert answer.status_code == 403
    await ana.do("ping")
