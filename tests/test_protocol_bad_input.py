"""Whatever is sent is answered; the socket lives, and the next message goes through."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from chat.consumers.console import ConsoleSocket
from chat.consumers.customer import CustomerSocket
from tests.support import frames
from tests.support.cast import Cast, Log, client_id
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.shapes import fits, truth, words
from tests.support.wire import Frame, Wire

ERROR: dict[str, Any] = {"type": "error", "ref": words, "code": words, "message": words, "retry": truth}


def test_every_frame_has_an_entry_in_the_tables() -> None:
    assert frames.CUSTOMER.keys() == CustomerSocket.handlers.keys()
    assert frames.CONSOLE.keys() == ConsoleSocket.handlers.keys()


async def lives(who: CustomerClient | TechnicianClient, conversation: str) -> None:
    """The next message goes through."""
    assert (await who.say(conversation, "still here"))["type"] == "message.accepted"


def error(answer: Frame, code: str, about: object) -> None:
    optional: dict[str, Any] = {
        name: answer[name] for name in ("fields", "client_id", "current") if name in answer
    }
    assert answer.get("code") == code, (about, answer)
    fits(answer, {**ERROR, **optional, "retry": False})


async def refusals(
    who: CustomerClient | TechnicianClient, table: dict[str, dict[str, str]], kind: str, conversation: str
) -> int:
    """Send every wrong frame of a kind, insist on the right answers, and say how many there were."""
    sent: dict[str, tuple[str, Any, str]] = {}
    for name, fields, code in frames.wrong_frames(table, kind, conversation=conversation):
        sent[await who.wire.send(kind, **fields)] = (name, fields, code)
    for ref, (name, fields, code) in sent.items():
        answer = await who.wire.wait(ref=ref)
        error(answer, code, (kind, name, str(fields)[:200]))
        if code == "invalid":
            assert name in answer["fields"] or name.partition(".")[2] in answer["fields"], answer
        if kind == "message.send" and isinstance(own := fields["client_id"], str) and own.isprintable():
            assert answer["client_id"] == own
    return len(sent)


@pytest.mark.parametrize("kind", [kind for kind in frames.CUSTOMER if kind != "hello"])
async def test_wrong_fields_from_a_customer(cast: Cast, kind: str) -> None:
    log, mara = Log(cast.server), await cast.customer()
    begun = (await mara.start("hello"))["id"]
    assert await refusals(mara, frames.CUSTOMER, kind, begun) or kind == "ping"
    await mara.do(kind, **frames.frame_of(frames.CUSTOMER, kind, conversation=begun))
    await lives(mara, begun)
    assert log.calm(), log.text()


@pytest.mark.parametrize("kind", [kind for kind in frames.CONSOLE if kind != "hello"])
async def test_wrong_fields_from_a_technician(cast: Cast, kind: str) -> None:
    log, mara, ana = Log(cast.server), await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    assert await refusals(ana, frames.CONSOLE, kind, begun) or kind == "ping"
    await ana.do(kind, **frames.frame_of(frames.CONSOLE, kind, conversation=begun))
    await ana.do("ping")
    if kind not in {"conversation.resolve", "conversation.release"}:
        await lives(ana, begun)
    assert log.calm(), log.text()


DEEP = 5_000
JUNK: list[str | bytes] = [
    *("", "{", "}", "null", "true", "7", '"x"', "[]", '[{"type":"ping"}]', "not json", "\0", "\ufeff{}"),
    *("[" * 60_000, '{"a":' * DEEP + "1" + "}" * DEEP, "[" * DEEP + "]" * DEEP, '{"type":"ping","ref":NaN}'),
    *('{"type":"ping"} {"type":"ping"}', "{'type':'ping'}", '{"type":"ping",}', '{"type":"ping"', "-"),
    *('{"type":"ping","ref":Infinity}', '"\\ud800"', "9" * 5_000, "{" + " " * 60_000),
    *(b"", b"\x00\xff", b'{"type":"ping"}', b"\xff" * 60_000),
]


@pytest.mark.parametrize("who", ["customer", "technician"])
async def test_what_cannot_be_read(cast: Cast, who: str) -> None:
    log, mara = Log(cast.server), await cast.customer()
    begun = (await mara.start("hello"))["id"]
    sender: CustomerClient | TechnicianClient = mara if who == "customer" else await cast.technician("ana")
    for data in JUNK:
        since = len(sender.wire.heard)
        await sender.wire.raw(data)
        answer = await sender.wire.wait(type="error", since=since)
        told = (str(data[:40]), answer)
        fits(answer, {"type": "error", "code": "bad_frame", "message": words, "retry": False}, str(told))
        await sender.do("ping")
    await lives(sender, begun)
    assert log.calm(), log.text()


async def test_numbers_of_five_thousand_digits(cast: Cast) -> None:
    log, mara = Log(cast.server), await cast.customer()
    begun = (await mara.start("hello"))["id"]
    huge = "9" * 5_000
    for number in (huge, f"-{huge}", f"{huge}.5", f"1e{huge}", f"0.{huge}", "1e400"):
        since = len(mara.wire.heard)
        await mara.wire.raw(f'{{"type":"read","conversation":"{begun}","seq":{number}}}')
        answer = await mara.wire.wait(type="error", since=since)
        assert answer["code"] in {"bad_frame", "invalid"}
        assert not answer["retry"]
    await lives(mara, begun)
    assert log.calm(), log.text()


def attributes() -> list[str]:
    names = {name for made in (CustomerSocket(), ConsoleSocket()) for name in dir(made)}
    return sorted(names | {"__proto__", "constructor", "__globals__", "HELLO", "ping ", "Ping", "hello\0"})


async def test_no_attribute_is_a_frame_type(cast: Cast) -> None:
    log, mara, ana = Log(cast.server), await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    for sender, handlers in ((mara, CustomerSocket.handlers), (ana, ConsoleSocket.handlers)):
        names = [name for name in attributes() if name not in handlers]
        assert {"dispatch", "send_message", "__class__", "_received", "heads"} <= {*names}
        odd: list[Any] = [None, 7, 1.5, True, [], ["ping"], {"a": 1}, "", "websocket.disconnect", "x" * 5_000]
        refs = [await sender.wire.send(name, conversation=begun) for name in [*names, *odd]]
        for ref in refs:
            error(await sender.wire.wait(ref=ref), "unknown_type", ref)
    await mara.wire.raw("{}")
    await mara.wire.wait(code="unknown_type", where=lambda frame: "ref" not in frame)
    await lives(mara, begun)
    assert log.calm(), log.text()


async def test_a_ref_is_echoed_only_where_it_is_short_and_plain(cast: Cast) -> None:
    mara = await cast.customer()
    for ref in ("r", "0", "é", 0, -5, 2**53 - 1):
        since = len(mara.wire.heard)
        await mara.wire.raw(json.dumps({"type": "ping", "ref": ref}))
        assert await mara.wire.wait(type="pong", since=since) == {"type": "pong", "ref": ref}
    strange: list[Any] = ["x" * 200, "a\0b", "\ud800", "a\nb", [], {}, 1.5, 2**70, None]
    for odd in strange:
        since = len(mara.wire.heard)
        await mara.wire.raw(json.dumps({"type": "ping", "ref": odd}))
        assert await mara.wire.wait(type="pong", since=since) == {"type": "pong"}, odd


RIGHT_TO_LEFT = "مرحبا \u200fالطابعة\u200e PSC 2210v \u202eabc\u202c עברית\u2066x\u2069"
KEPT = [
    *(
        RIGHT_TO_LEFT,
        "e" + "\u0301" * 7_999,
        "🖨️" * 4_000,
        "  leading and trailing \n\n",
        "\u2028\u2029\ufeff",
    ),
    *(
        "<script>alert(1)</script>",
        "'; DROP TABLE chat_event; --",
        "\x01\x1b[31m\x7f",
        "👩‍👩‍👧‍👦\ufffd\uffff",
        "a\r\nb\tc",
    ),
]


async def test_text_is_kept_to_the_byte(cast: Cast) -> None:
    log, mara, ana = Log(cast.server), await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    for text in KEPT:
        message = {"type": "message.send", "conversation": begun, "client_id": client_id(), "text": text}
        await mara.wire.raw(json.dumps(message, ensure_ascii=False))
        accepted = await mara.wire.wait(type="message.accepted", client_id=message["client_id"])
        heard = await ana.wire.event("message", begun, seq=accepted["seq"])
        assert heard["message"]["text"] == text
    stored = [
        event["message"]["text"] for event in await mara.everything(begun) if event["kind"] == "message"
    ]
    assert stored == ["hello", *KEPT]
    assert log.calm(), log.text()


async def test_a_frame_that_is_too_large_ends_the_socket_after_a_word(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    just = json.dumps({"type": "ping", "ref": "r", "x": ""})
    await mara.wire.raw(just[:-2] + "x" * (64 * 1024 - len(just)) + just[-2:])
    await mara.wire.wait(type="pong")
    for data in (
        "x" * (64 * 1024 + 1),
        "é" * (40 * 1024),
        json.dumps({"type": "ping", "x": "\u0301" * 10**5}),
    ):
        await mara.wire.raw(data)
        refused = await mara.wire.wait(type="error")
        fits(refused, {"type": "error", "code": "too_large", "message": words, "retry": False})
        assert await mara.wire.closed() == 4413
        await mara.connect()
    await lives(mara, begun)


async def test_a_million_combining_marks(cast: Cast) -> None:
    log, mara = Log(cast.server), await cast.customer()
    begun = (await mara.start("hello"))["id"]
    body = {"client_id": client_id(), "text": "e" + "\u0301" * 10**6}
    over_http = await mara.http.post(f"/api/widget/v1/conversations/{begun}/messages", json=body)
    assert (over_http.status_code, over_http.json()["code"]) == (413, "too_large")
    body["text"] = body["text"][:300_000]
    await mara.wire.raw(
        json.dumps({"type": "message.send", "conversation": begun, **body}, ensure_ascii=False)
    )
    assert await mara.wire.closed() == 4413
    await mara.connect()
    await lives(mara, begun)
    assert log.calm(), log.text()


async def test_before_the_hello_nothing_is_done(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    wire = await Wire.open(f"{cast.server.ws}/ws/customer/")
    assert (await wire.ask("ping"))["type"] == "pong"
    for kind in frames.CUSTOMER:
        if kind not in {"hello", "ping"}:
            fields = frames.frame_of(frames.CUSTOMER, kind, conversation=begun)
            error(await wire.ask(kind, **fields), "unauthenticated", kind)
    assert (await wire.ask("hello", token=mara.token))["type"] == "welcome"
    await wire.close()


async def test_attachments_and_kinds_of_later_versions_are_refused_in_words(cast: Cast) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    refused = await mara.wire.ask(
        "message.send", conversation=begun, client_id=client_id(), text="x", attachments=[str(uuid.uuid4())]
    )
    error(refused, "invalid", refused)
    assert refused["fields"].keys() == {"attachments"}
