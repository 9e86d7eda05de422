"""The technician's socket: every frame of the first version, its answer and its shape."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast, client_id, numbers
from tests.support.clients import TechnicianClient
from tests.support.shapes import (
    ACCEPTED,
    AVAILABILITY,
    CONTEXT,
    PAGE,
    ROW,
    a_time,
    an_id,
    event_fits,
    fits,
    number,
    one_of,
    words,
)
from tests.support.wire import Frame

REF = "r-1"
OK = {"type": "ok", "ref": REF}
TECHNICIANS = [{"id": an_id, "name": words, "state": AVAILABILITY}]
WELCOME = {
    "type": "welcome",
    "ref": words,
    "session": an_id,
    "heartbeat": number,
    "server_time": a_time,
    "epoch": an_id,
    "me": {"id": an_id, "name": words, "username": words, "availability": AVAILABILITY},
    "technicians": TECHNICIANS,
    "conversations": [ROW],
}
QUEUE = {"type": "queue", "conversation": an_id, "change": one_of("added", "changed", "removed"), "row": ROW}


async def row(who: TechnicianClient, conversation: str, change: str, *, since: int = 0) -> Frame:
    """The queue frame of a change, its shape looked at."""
    frame = await who.wire.wait(type="queue", conversation=conversation, change=change, since=since)
    fits(frame, QUEUE)
    shown: Frame = frame["row"]
    return shown


async def test_welcome_shows_the_queue_and_mine(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    waiting = (await mara.start("waiting"))["id"]
    mine = (await mara.start("mine"))["id"]
    await ana.claim(mine)
    await ana.connect()
    fits(ana.welcome, WELCOME)
    assert (ana.welcome["me"]["username"], ana.welcome["me"]["name"]) == ("ana", "Ana Duarte")
    rows = {one["id"]: one for one in ana.welcome["conversations"]}
    assert rows[waiting]["status"] == "waiting"
    assert rows[mine]["technician"]["name"] == "Ana Duarte"
    assert rows[mine]["last"]["text"] == "mine"
    bo = await cast.technician("bo")
    assert mine not in {one["id"] for one in bo.welcome["conversations"]}


async def test_queue_rows_are_added_changed_and_removed(cast: Cast) -> None:
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    begun = (await mara.start("hello"))["id"]
    added = await row(ana, begun, "added")
    assert (added["status"], added["unread"], added["last"]["text"]) == ("waiting", 1, "hello")
    # A row is told once a tenth of a second: what is said meanwhile may come along with the news that it was added.
    await mara.say(begun, "anybody there?")
    told = await ana.wire.wait(lambda frame: frame["row"]["last_seq"] == 2, type="queue", conversation=begun)
    assert (told["change"] in {"added", "changed"}, told["row"]["unread"]) == (True, 2)
    await mara.say(begun, "hello?")
    changed = await row(ana, begun, "changed", since=ana.wire.heard.index(told) + 1)
    assert (changed["last_seq"], changed["unread"]) == (3, 3)
    await bo.claim(begun)
    removed = await row(ana, begun, "removed")
    assert (removed["status"], removed["technician"]["name"]) == ("active", "Bo Halvorsen")
    await bo.do("conversation.release", conversation=begun)
    since = ana.wire.heard.index(await ana.wire.wait(type="queue", conversation=begun, change="removed"))
    again = await row(ana, begun, "added", since=since)
    assert (again["status"], again["technician"]) == ("waiting", None)


async def test_claim_brings_the_context_and_the_events(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello", product="PSC 2210v", about={"name": "Mara", "serial": "MY28R1N0"}))[
        "id"
    ]
    assert await ana.do("conversation.claim", ref=REF, conversation=begun) == OK
    context = await ana.wire.wait(type="context", conversation=begun)
    fits(context, CONTEXT)
    assert context["environment"]["browser"] == "Internet Explorer 7"
    assert context["environment"]["product"] == "PSC 2210v"
    assert context["customer"]["name"] == "Mara"
    assert [(one["kind"], one["proof"]) for one in context["customer"]["identifiers"]] == [
        ("serial", "claimed")
    ]
    event_fits(await ana.wire.event("assigned", begun))
    await mara.say(begun, "are you there?")
    event_fits(await ana.wire.event("message", begun))
    assert await ana.do("conversation.claim", ref=REF, conversation=begun) == OK, "mine already"
    assert len(ana.wire.of_type("event", conversation=begun, kind="assigned")) == 1


async def test_the_second_to_claim_is_told_who_was_first(cast: Cast) -> None:
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    for command in ("conversation.claim", "conversation.release", "conversation.reopen"):
        refused = await bo.wire.ask(command, ref=REF, conversation=begun)
        fits(
            refused,
            {
                "type": "error",
                "ref": REF,
                "code": "conflict",
                "message": words,
                "retry": False,
                "current": {"status": "active", "technician": {"id": an_id, "name": "Ana Duarte"}},
            },
        )
        assert "Ana" in refused["message"]


async def test_the_first_reply_claims(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    own = client_id()
    accepted = await ana.do("message.send", ref=REF, conversation=begun, client_id=own, text="hello Mara")
    fits(accepted, {"type": "message.accepted", "ref": REF, **ACCEPTED})
    await ana.wire.wait(type="context", conversation=begun)
    await mara.wire.event("message", begun, seq=3)
    kinds = [(event["kind"], event["seq"]) for event in mara.wire.of_type("event", conversation=begun)]
    assert kinds == [("assigned", 2), ("message", 3)]


async def test_notes_are_numbered_for_technicians(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    accepted = await ana.note(begun, "sounds like the patch")
    note = await ana.wire.event("message", begun, seq=accepted["seq"])
    event_fits(note)
    assert note["message"]["note"]
    refused = await mara.wire.ask(
        "message.send", conversation=begun, client_id=client_id(), text="x", kind="note"
    )
    assert (refused["code"], refused["fields"].keys()) == ("invalid", {"kind"})


async def test_resolve_reopen_release(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    outcome = {
        "problem": "does not scan",
        "cause": "old browser",
        "fix": "the patch",
        "applies_to": "PSC 2210v",
    }
    assert await ana.do("conversation.resolve", ref=REF, conversation=begun, outcome=outcome) == OK
    resolved = await ana.wire.event("resolved", begun)
    event_fits(resolved)
    assert resolved["resolved"]["outcome"].items() >= {**outcome, "state": "unknown"}.items()
    assert await ana.do("conversation.reopen", ref=REF, conversation=begun, reason="came back") == OK
    assert (await ana.wire.event("reopened", begun))["reopened"] == {"reason": "came back"}
    assert await ana.do("conversation.release", ref=REF, conversation=begun) == OK
    await ana.wire.event("assigned", begun, where=lambda event: event["assigned"]["technician"] is None)
    bo = await cast.technician("bo")
    assert await bo.do("conversation.resolve", ref=REF, conversation=begun, outcome={}) == OK, (
        "from the queue"
    )
    without_words = [event for event in await bo.everything(begun) if event["kind"] == "resolved"][-1]
    assert without_words["resolved"] == {"outcome": None}


async def test_watching_shows_what_somebody_else_has(cast: Cast) -> None:
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    await mara.say(begun, "not for Bo")
    assert await bo.do("watch", ref=REF, conversation=begun) == OK
    fits(await bo.wire.wait(type="context", conversation=begun), CONTEXT)
    await mara.say(begun, "Bo hears this")
    heard = await bo.wire.event("message", begun)
    assert heard["message"]["text"] == "Bo hears this"
    await mara.do("typing", conversation=begun, active=True)
    await bo.wire.wait(type="typing", conversation=begun)
    await ana.do("watch", conversation=begun)
    await mara.say(begun, "once, although Ana has it and watches it")
    event = await ana.wire.event("message", begun, seq=5)
    assert await bo.do("unwatch", ref=REF, conversation=begun) == OK
    await mara.say(begun, "again not for Bo")
    await ana.wire.event("message", begun, seq=6)
    await bo.do("ping")
    assert len(ana.wire.of_type("event", conversation=begun, seq=event["seq"])) == 1
    assert numbers(bo.wire.of_type("event", conversation=begun)) == [4, 5]


async def test_sync_reads_any_conversation(cast: Cast) -> None:
    mara, ana, cy = await cast.customer(), await cast.technician("ana"), await cast.technician("cy")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    await ana.note(begun, "for us")
    await ana.do("read", conversation=begun, seq=3)
    await mara.do("read", conversation=begun, seq=2)
    page = await cy.do("sync", ref=REF, conversation=begun, after=0)
    fits(page, {"type": "sync", "ref": REF, "conversation": begun, **PAGE})
    assert numbers(page["events"]) == [1, 2, 3]
    assert sorted((read["by"]["kind"], read["seq"]) for read in page["reads"]) == [
        ("customer", 2),
        ("technician", 3),
    ]


async def test_availability_is_told_to_all_consoles(cast: Cast) -> None:
    ana, bo = await cast.technician("ana"), await cast.technician("bo")
    for state in ("away", "offline", "online"):
        since = len(bo.wire.heard)
        assert await ana.do("availability", ref=REF, state=state) == OK
        told = await bo.wire.wait(
            lambda frame: frame["technician"]["name"] == "Ana Duarte",
            type="presence",
            state=state,
            since=since,
        )
        fits(told, {"type": "presence", "technician": {"id": an_id, "name": words}, "state": AVAILABILITY})
    refused = await ana.wire.ask("availability", state="asleep")
    assert (refused["code"], refused["fields"].keys()) == ("invalid", {"state"})


async def test_heartbeats_carry_the_heads_of_mine_and_watched(brisk_cast: Cast) -> None:
    mara, ana = await brisk_cast.customer(), await brisk_cast.technician("ana")
    mine, watched = (await mara.start("mine"))["id"], (await mara.start("watched"))["id"]
    await ana.claim(mine)
    await ana.note(mine, "for us")
    await ana.do("watch", conversation=watched)
    beat = await ana.wire.wait(
        lambda frame: frame["heads"].get(mine) == 3 and frame["heads"].get(watched) == 1, type="heartbeat"
    )
    assert beat.keys() == {"type", "heads", "server_time"}


@pytest.mark.parametrize("kind", ["conversation.transfer", "conversation.start", "about", "merge", "welcome"])
async def test_what_this_socket_does_not_know(cast: Cast, kind: str) -> None:
    ana = await cast.technician("ana")
    answer = await ana.wire.ask(kind, ref=REF)
    fits(answer, {"type": "error", "ref": REF, "code": "unknown_type", "message": words, "retry": False})
