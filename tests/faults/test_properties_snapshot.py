"""A snapshot and what follows are a later snapshot: what the real console and the real widget make of real frames."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from chat.models import EventKind
from tests.faults.profile import shown_on
from tests.support.cast import Cast, client_id, until
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.returning import helped_in_march
from tests.support.wire import Frame
from tools.environment import ROOT

pytestmark = shown_on("production")

DENO = Path(sys.executable).with_name("deno")


class Scene:
    """Mara at her widget and Ana at her console, in one conversation; Bo, and somebody from March, are there too."""

    def __init__(
        self, mara: CustomerClient, ana: TechnicianClient, bo: TechnicianClient, earlier: str
    ) -> None:
        self.mara, self.ana, self.bo, self.earlier = mara, ana, bo, earlier
        self.begun = ""

    async def act(self, who: CustomerClient | TechnicianClient, what: str, **more: Any) -> None:
        """One frame, answered."""
        if what == "message.send":
            more["client_id"] = client_id()
        await who.do(what, conversation=self.begun, **more)

    async def link(self) -> None:
        """Ana finds out that Mara is the one from March, and says so."""
        given = {"customer": self.earlier, "facts": ["the model"], "reason": "same voice"}
        made = await self.ana.http.post(f"/api/v1/conversations/{self.begun}/vouch", json=given)
        assert made.status_code == 201, made.text
        await self.mara.wire.wait(type="conversations")  # she may see it from now on


Step = tuple[str, Callable[[Scene], Awaitable[None]]]

#: What brings each kind of event about. A kind that is missing here fails the test below.
STEPS: dict[str, list[Step]] = {
    "message": [
        ("the customer writes", lambda s: s.act(s.mara, "message.send", text="It will not scan " * 20)),
        ("a note", lambda s: s.act(s.bo, "message.send", text="IE 7?", kind="note")),
        ("an answer, which claims", lambda s: s.act(s.ana, "message.send", text="Which page?")),
        ("the customer writes again", lambda s: s.act(s.mara, "message.send", text="The first")),
        ("the technician reads", lambda s: s.act(s.ana, "read", seq=3)),
        ("the customer reads", lambda s: s.act(s.mara, "read", seq=3)),
    ],
    "assigned": [
        ("released", lambda s: s.act(s.ana, "conversation.release")),
        ("claimed by another", lambda s: s.act(s.bo, "conversation.claim")),
        ("released by another", lambda s: s.act(s.bo, "conversation.release")),
        ("claimed", lambda s: s.act(s.ana, "conversation.claim")),
    ],
    "linked": [("recognised", lambda s: s.link())],
    "resolved": [
        (
            "resolved",
            lambda s: s.act(
                s.ana, "conversation.resolve", outcome={"problem": "p", "cause": "c", "fix": "f"}
            ),
        ),
    ],
    "reopened": [
        ("reopened", lambda s: s.act(s.ana, "conversation.reopen", reason="not yet")),
        ("resolved without words", lambda s: s.act(s.ana, "conversation.resolve", outcome={})),
        ("the customer writes after it", lambda s: s.act(s.mara, "message.send", text="Once more")),
        ("claimed again", lambda s: s.act(s.ana, "conversation.claim")),
    ],
}


def test_every_kind_of_event_is_brought_about() -> None:
    assert set(STEPS) == set(EventKind.values)


def folded(cases: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each case as the front end's own code makes it: (kept, fresh)."""
    done = subprocess.run(
        [DENO, "run", "--quiet", "--no-remote", ROOT / "tests" / "js" / "fold.js"],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(one["kept"], one["fresh"]) for one in json.loads(done.stdout)]


async def played(cast: Cast) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, step, case) of both sides after every step."""
    march, _, _ = await helped_in_march(cast)
    await march.session()
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    scene = Scene(mara, ana, bo, str(march.view["customer"]["id"]))
    scene.begun = (await mara.start("hello"))["id"]
    await mara.session()
    await mara.connect()
    await ana.wire.wait(type="queue", conversation=scene.begun)
    await ana.connect()
    cases = []
    for kind, steps in STEPS.items():
        for name, step in steps:
            await step(scene)
            row = (await ana.http.get(f"/api/v1/conversations/{scene.begun}")).json()
            await told(scene, row, by_row=kind != "message" or row["status"] == "waiting")
            listed = (await mara.http.get("/api/widget/v1/conversations")).json()["conversations"]
            again = TechnicianClient(ana.url, "ana", "")
            again.http.cookies.update(ana.http.cookies)
            await again.connect()
            fresh = {"widget": {"type": "welcome", "conversations": listed}, "console": again.welcome}
            await again.leave()
            for side, who in (("widget", mara), ("console", ana)):
                frames = [frame for frame in who.wire.heard if frame["type"] in TAKEN]
                case = {"side": side, "snapshot": who.welcome, "frames": frames, "fresh": fresh[side]}
                cases.append((kind, name, case))
    return cases


TAKEN = {"conversations", "event", "read", "queue", "presence", "typing", "context"}


async def told(scene: Scene, row: Frame, *, by_row: bool) -> None:
    """Both sides have heard what has just happened; `by_row`: consoles get the whole row too."""
    conversation, seq = scene.begun, row["last_seq"]

    def reads(who: CustomerClient | TechnicianClient, place: int) -> bool:
        heard = who.wire.of_type("read", conversation=conversation)
        return place == 0 or any(frame["seq"] == place for frame in heard)

    def up_to_date() -> bool:
        rows = [
            frame["row"]["last_seq"] for frame in scene.ana.wire.of_type("queue", conversation=conversation)
        ]
        events = [frame["seq"] for frame in scene.ana.wire.of_type("event", conversation=conversation)]
        return bool(max([*rows, *([] if by_row else events), 0]) >= seq)

    await until(up_to_date)
    await until(lambda: reads(scene.ana, row["read_seq"]) and reads(scene.ana, row["seen_seq"]))
    events = (await scene.mara.everything(conversation))[-1]["seq"]
    if events > 1:
        await until(
            lambda: any(
                f["seq"] == events for f in scene.mara.wire.of_type("event", conversation=conversation)
            )
        )


async def test_snapshot_and_events_are_a_fresh_snapshot(cast: Cast) -> None:
    cases = await played(cast)
    unlike = []
    for (kind, name, case), (kept, fresh) in zip(cases, folded([case for _, _, case in cases]), strict=True):
        if kept != fresh:
            unlike.append((kind, name, case["side"], differences(kept, fresh)))
    assert not unlike
    # The other way round: a kind of event that does not reach the lists is noticed, for each and on each side.
    for lost in EventKind.values:
        for side in ("widget", "console"):
            if (side, lost) == ("widget", "linked"):
                continue  # customers are not told
            without = [
                {
                    **case,
                    "frames": [f for f in case["frames"] if f.get("kind") != lost and f["type"] != "queue"],
                }
                for kind, _, case in cases
                if kind == lost and case["side"] == side
            ]
            assert any(kept != fresh for kept, fresh in folded(without)), (side, lost)


def differences(kept: dict[str, Any], fresh: dict[str, Any]) -> list[Any]:
    """Where the two are not alike, for whoever reads the failure."""
    found: list[Any] = [
        (key, kept[key], fresh[key]) for key in kept if key != "rows" and kept[key] != fresh[key]
    ]
    for one in kept["rows"].keys() | fresh["rows"].keys():
        mine, theirs = kept["rows"].get(one, {}), fresh["rows"].get(one, {})
        fields = mine.keys() | theirs.keys()
        found += [(key, mine.get(key), theirs.get(key)) for key in fields if mine.get(key) != theirs.get(key)]
    return found
