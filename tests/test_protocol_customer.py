"""The customer's socket: every frame of the first version, its answer and its shape."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast, client_id, numbers, until
from tests.support.shapes import (
    ACCEPTED,
    CONVERSATION,
    PAGE,
    Maybe,
    a_time,
    an_id,
    count,
    event_fits,
    fits,
    number,
    text,
    truth,
    words,
)

REF = "r-1"
WELCOME = {
    "type": "welcome",
    "ref": words,
    "session": an_id,
    "heartbeat": number,
    "server_time": a_time,
    "epoch": an_id,
    "conversations": [CONVERSATION],
}
STARTED = {
    "type": "conversation.started",
    "ref": words,
    "conversation": CONVERSATION,
    "message": event_fits,
    "device_token": words,
}


async def test_a_visitor_is_welcomed_with_nothing(cast: Cast) -> None:
    mara = await cast.customer()
    fits(mara.welcome, WELCOME)
    assert mara.welcome["conversations"] == []
    assert mara.wire.connection.subprotocol == "rapport.v1"


async def test_start_answers_with_the_conversation_and_its_first_event(cast: Cast) -> None:
    mara = await cast.customer()
    own = client_id()
    begun = await mara.do(
        "conversation.start",
        ref=REF,
        client_id=own,
        text="My PSC 2210v does not scan any more\nSince Tuesday.",
        product="PSC 2210v",
        about={"name": "Mara Lindqvist", "email": "mara@mail.example"},
    )
    fits(begun, STARTED)
    assert begun["ref"] == REF
    assert begun["conversation"]["subject"] == "My PSC 2210v does not scan any more"
    assert (begun["conversation"]["status"], begun["conversation"]["last_seq"]) == ("waiting", 1)
    assert begun["message"]["seq"] == 1
    assert begun["message"]["message"]["client_id"] == own
    assert begun["message"]["by"]["kind"] == "customer"
    assert begun["message"]["by"]["name"] == "Mara Lindqvist"


async def test_a_message_is_accepted_and_reaches_all_windows_once(cast: Cast) -> None:
    mara = await cast.customer()
    begun = await mara.start("hello")
    other_window = await cast.customer(device_token=mara.device_token)
    own = client_id()
    accepted = await mara.do(
        "message.send", ref=REF, conversation=begun["id"], client_id=own, text="Does it hear me?"
    )
    fits(accepted, {"type": "message.accepted", "ref": REF, **ACCEPTED})
    assert (accepted["client_id"], accepted["seq"], accepted["duplicate"]) == (own, 2, False)
    for window in (mara, other_window):
        event = await window.wire.event("message", begun["id"], seq=2)
        event_fits(event)
        assert (event["message"]["id"], event["message"]["text"]) == (accepted["id"], "Does it hear me?")
        await window.do("ping")
        assert len(window.wire.of_type("event", conversation=begun["id"], seq=2)) == 1


async def test_sync_pages_through_the_log(cast: Cast) -> None:
    mara = await cast.customer()
    begun = await mara.start("line 1")
    for line in range(2, 8):
        await mara.say(begun["id"], f"line {line}")
    page = await mara.do("sync", ref=REF, conversation=begun["id"], after=2, limit=3)
    fits(page, {"type": "sync", "ref": REF, "conversation": begun["id"], **PAGE})
    assert (numbers(page["events"]), page["last_seq"], page["more"]) == ([3, 4, 5], 7, True)
    assert [event["message"]["text"] for event in await mara.everything(begun["id"])] == [
        f"line {line}" for line in range(1, 8)
    ]
    empty = await mara.do("sync", conversation=begun["id"], after=7)
    assert (empty["events"], empty["more"]) == ([], False)


async def test_what_the_technician_does_arrives_as_events(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("It does not scan"))["id"]
    await ana.claim(begun)
    await ana.say(begun, "Which browser is it?")
    await ana.resolve(
        begun, problem="does not scan", cause="Internet Explorer 7", fix="Install the 2210 patch"
    )
    await mara.wire.event("resolved", begun)
    await ana.do("conversation.reopen", conversation=begun, reason="not yet")
    await ana.do("conversation.release", conversation=begun)
    await mara.wire.event("assigned", begun, where=lambda event: event["assigned"]["technician"] is None)
    events = mara.wire.of_type("event", conversation=begun)
    assert all(event_fits(event) for event in events)
    assert [event["kind"] for event in events] == [
        *("assigned", "message", "resolved", "reopened", "assigned", "assigned")
    ]
    assert numbers(events) == [2, 3, 4, 5, 6, 7], "the first came with conversation.started"
    assert events[2]["resolved"].pop("resume_key"), "told now, and never again"
    assert events == (await mara.everything(begun))[1:]
    assert events[0]["assigned"]["technician"]["name"] == "Ana Duarte"
    assert events[2]["resolved"]["outcome"]["fix"] == "Install the 2210 patch"


async def test_reading_is_seen_by_the_other_side(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    accepted = await ana.say(begun, "hello Mara")
    await mara.wire.event("message", begun, seq=accepted["seq"])
    assert (await mara.do("read", ref=REF, conversation=begun, seq=3)) == {"type": "ok", "ref": REF}
    seen = await ana.wire.wait(type="read", conversation=begun)
    fits(
        seen,
        {
            "type": "read",
            "conversation": begun,
            "by": {"kind": "customer", "id": an_id, "name": text},
            "seq": 3,
        },
    )
    await ana.do("read", conversation=begun, seq=3)
    back = await mara.wire.wait(
        lambda frame: frame["by"]["kind"] == "technician", type="read", conversation=begun
    )
    assert back["seq"] == 3


async def test_typing_is_passed_on_and_not_kept(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    await mara.do("typing", conversation=begun, active=True)
    seen = await ana.wire.wait(type="typing", conversation=begun, active=True)
    by = {"kind": "customer", "id": an_id, "name": text}
    fits(seen, {"type": "typing", "conversation": begun, "by": by, "active": True})
    await ana.wire.send("typing", conversation=begun, active=False)
    answer = await mara.wire.wait(type="typing", conversation=begun, active=False)
    assert answer["by"]["name"] == "Ana Duarte"
    again = await cast.customer(device_token=mara.device_token)
    await again.connect(cursors={begun: 0})
    await again.do("ping")
    assert not again.wire.of_type("typing")


async def test_about_is_answered_ok_whatever_is_known(cast: Cast) -> None:
    mara = await cast.customer()
    claims = {
        "name": "Mara",
        "email": "mara@mail.example",
        "phone": "+46 8 123 456 78",
        "order": "A-1042",
        "serial": "MY 28R 1N0",
    }
    assert await mara.do("about", ref=REF, **claims) == {"type": "ok", "ref": REF}
    await mara.start("hello")
    assert await mara.do("about", ref=REF, **claims) == {"type": "ok", "ref": REF}
    refused = await mara.wire.ask("about", email="no address", phone="none")
    assert (refused["code"], refused["retry"], refused["fields"].keys()) == (
        "invalid",
        False,
        {"email", "phone"},
    )


async def test_ping(cast: Cast) -> None:
    mara = await cast.customer()
    assert await mara.do("ping", ref=REF) == {"type": "pong", "ref": REF}
    await mara.wire.raw('{"type": "ping", "ref": 12}')
    assert await mara.wire.wait(ref=12) == {"type": "pong", "ref": 12}
    await mara.wire.raw('{"type": "ping"}')
    await mara.wire.wait(lambda frame: frame == {"type": "pong"})


async def test_position_comes_while_waiting_and_ends_with_the_claim(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    queue = await mara.wire.wait(type="queue", conversation=begun)
    fits(queue, {"type": "queue", "conversation": begun, "position": count, "estimate_seconds": Maybe(count)})
    assert queue["position"] >= 1
    await ana.claim(begun)
    assigned = await mara.wire.event("assigned", begun)
    later = mara.wire.heard[mara.wire.heard.index(assigned) :]
    assert not [frame for frame in later if frame["type"] == "queue"]


async def test_whether_the_technician_is_there(cast: Cast) -> None:
    mara, bo = await cast.customer(), await cast.technician("bo")
    begun = (await mara.start("hello"))["id"]
    await bo.claim(begun)
    for state, there in (("away", False), ("online", True)):
        await bo.do("availability", state=state)
        told = await mara.wire.wait(type="presence", conversation=begun, technician_online=there)
        fits(told, {"type": "presence", "conversation": begun, "technician_online": truth})


async def test_heartbeats_carry_the_heads(brisk_cast: Cast) -> None:
    mara = await brisk_cast.customer()
    begun = (await mara.start("hello"))["id"]
    await mara.say(begun, "still there?")
    beat = await mara.wire.wait(lambda frame: frame["heads"].get(begun) == 2, type="heartbeat")
    fits(beat, {"type": "heartbeat", "heads": {begun: 2}, "server_time": a_time})


async def test_an_idle_visitor_hears_only_heartbeats(brisk_cast: Cast) -> None:
    eve = await brisk_cast.customer()
    await until(lambda: len(eve.wire.of_type("heartbeat")) >= 2)
    assert {frame["type"] for frame in eve.wire.heard} == {"welcome", "heartbeat"}
    assert all(beat["heads"] == {} for beat in eve.wire.of_type("heartbeat"))


LATER = (
    *("rating", "transcript", "attachment", "conversation.transfer", "conversation.outcome", "recovery.code"),
    *("conversation.claim", "conversation.resolve", "availability", "watch", "welcome", "event", "error", ""),
)


@pytest.mark.parametrize("kind", LATER)
async def test_what_this_socket_does_not_know(cast: Cast, kind: str) -> None:
    mara = await cast.customer()
    begun = (await mara.start("hello"))["id"]
    answer = await mara.wire.ask(kind, ref=REF, conversation=begun)
    fits(answer, {"type": "error", "ref": REF, "code": "unknown_type", "message": words, "retry": False})
    await mara.say(begun, "the next message goes through")
