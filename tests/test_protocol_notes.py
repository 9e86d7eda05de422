"""Notes stay inside, and what a client puts together from a snapshot and events is what a fresh snapshot shows."""

from __future__ import annotations

from typing import Any

from tests.support.cast import Cast, canary, client_id, numbers, until
from tests.support.clients import CustomerClient
from tests.support.wire import Frame

CONVERSATIONS = "/api/widget/v1/conversations"


async def test_no_note_reaches_the_customer_in_any_way(cast: Cast) -> None:
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    begun, secret = (await mara.start("hello"))["id"], canary()
    await ana.claim(begun)
    heard: list[str] = []
    for number in range(40):
        for _ in range(number % 3):
            await ana.note(begun, f"{secret} {number}")
        await bo.note(begun, f"{secret} Bo {number}")
        await (mara if number % 2 else ana).say(begun, f"line {number}")
        if number % 10 == 5:  # in the midst of it the customer reconnects
            heard += map(str, mara.wire.heard)
            await mara.connect(cursors={begun: number})
    await ana.note(begun, f"{secret} the last")
    await ana.do("read", conversation=begun, seq=5)
    await ana.do("typing", conversation=begun, active=True)
    await ana.resolve(begun, problem="p", cause="c", fix="f")
    await bo.note(begun, f"{secret} after")
    await mara.wire.event("resolved", begun)
    await mara.connect(cursors={begun: 0})
    await mara.wire.event("resolved", begun)

    inside = await ana.everything(begun)
    notes = [event for event in inside if event["kind"] == "message" and event["message"]["note"]]
    assert len(notes) > 80, "they are there"
    assert all(secret in event["message"]["text"] for event in notes)
    assert numbers(inside) == list(range(1, len(inside) + 1))

    bodies = [
        *heard,
        *map(str, mara.wire.heard),
        str(await mara.everything(begun)),
        (await mara.http.get(f"{CONVERSATIONS}/{begun}/events?limit=500")).text,
        (await mara.http.get(CONVERSATIONS)).text,
        str(await mara.session()),
        (await mara.http.post(CONVERSATIONS, json={"client_id": client_id(), "text": "another"})).text,
    ]
    assert not [body for body in bodies if secret in body]
    shown = await mara.everything(begun)
    assert numbers(shown) == list(range(1, len(shown) + 1)), "no hole shows where a note was"
    assert len(shown) == len(inside) - len(notes)
    assert not [event for event in shown if event.get("message", {}).get("note")]
    page = await mara.do("sync", conversation=begun, after=0)
    assert page["last_seq"] == len(shown)
    assert max(read["seq"] for read in page["reads"]) <= len(shown), "read markers are in her numbering too"


def applied(view: dict[str, Any], frames: list[Frame]) -> dict[str, Any]:
    """A customer's list after these frames, as a client keeps it."""
    listed = {one["id"]: dict(one) for one in view["conversations"]}
    theirs: dict[str, list[int]] = {one: [] for one in listed}  # technicians' messages; the view has none
    for frame in frames:
        one = listed.get(frame.get("conversation", ""))
        if frame["type"] == "read" and one:
            key = "read_seq" if frame["by"]["kind"] == "customer" else "seen_seq"
            one[key] = max(one[key], frame["seq"])
        if frame["type"] != "event" or one is None or frame["seq"] <= one["last_seq"]:
            continue
        one["last_seq"] = frame["seq"]
        if frame["kind"] == "message":
            theirs[one["id"]] += [frame["seq"]] if frame["by"]["kind"] == "technician" else []
        elif frame["kind"] == "assigned":
            technician = frame["assigned"]["technician"]
            one["technician"] = technician and {"name": technician["name"]}
            one["status"] = "active" if technician else "waiting"
            one["resolved_at"] = None
        elif frame["kind"] == "resolved":
            outcome = frame["resolved"]["outcome"]
            one["status"], one["resolved_at"] = "resolved", frame["at"]
            one["outcome"] = outcome and {key: outcome[key] for key in ("problem", "cause", "fix", "state")}
        elif frame["kind"] == "reopened":
            one["status"], one["resolved_at"] = "waiting", None
            one["technician"] = one["outcome"] = None
    for one in listed.values():
        one["unread"] = sum(seq > one["read_seq"] for seq in theirs[one["id"]])
    return listed


async def fresh(mara: CustomerClient) -> dict[str, Any]:
    answer = (await mara.http.get(CONVERSATIONS)).json()
    return {one["id"]: one for one in answer["conversations"]}


async def test_snapshot_and_events_are_a_fresh_snapshot(cast: Cast) -> None:
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    begun = (await mara.start("hello"))["id"]
    await mara.session()
    await mara.connect()
    view = {"conversations": [dict(one) for one in mara.welcome["conversations"]]}
    assert applied(view, []) == await fresh(mara)
    steps: list[tuple[Any, str, dict[str, Any]]] = [
        (ana, "conversation.claim", {}),
        (ana, "message.send", {"text": "Which page?"}),
        (mara, "message.send", {"text": "The scanner's"}),
        (ana, "message.send", {"text": "a note", "kind": "note"}),
        (ana, "read", {"seq": 4}),
        (mara, "read", {"seq": 3}),
        (ana, "conversation.release", {}),
        (bo, "message.send", {"text": "I am Bo"}),
        (bo, "conversation.resolve", {"outcome": {"problem": "p", "cause": "c", "fix": "f"}}),
        (bo, "conversation.reopen", {"reason": "came back"}),
        (bo, "conversation.resolve", {"outcome": {"problem": "p2", "cause": "c2", "fix": "f2"}}),
        (mara, "message.send", {"text": "It came back"}),
        (ana, "message.send", {"text": "Again the patch"}),
        (ana, "conversation.resolve", {"outcome": {}}),
    ]
    for who, kind, fields in steps:
        more = {"client_id": client_id()} if kind == "message.send" else {}
        await who.do(kind, conversation=begun, **fields, **more)
        now = (await fresh(mara))[begun]
        await caught_up(mara, now)
        if kind == "read":
            await mara.wire.wait(type="read", conversation=begun, by={**by(who, mara)})
        kept = applied(view, mara.wire.heard)[begun]
        unlike = {key: (kept[key], value) for key, value in now.items() if kept[key] != value}
        assert unlike == {}, (kind, fields)
    now = (await fresh(mara))[begun]
    assert (now["status"], now["unread"] > 0) == ("resolved", True)


async def caught_up(mara: CustomerClient, now: dict[str, Any]) -> None:
    """Her socket has brought what the fresh snapshot shows."""

    def heard() -> int:
        return max((event["seq"] for event in mara.wire.of_type("event", conversation=now["id"])), default=1)

    await until(lambda: heard() >= now["last_seq"])


def by(who: Any, mara: CustomerClient) -> dict[str, str]:
    if who is mara:
        return {"kind": "customer", "id": mara.view["customer"]["id"], "name": mara.view["customer"]["name"]}
    return {"kind": "technician", "id": who.welcome["me"]["id"], "name": who.welcome["me"]["name"]}
