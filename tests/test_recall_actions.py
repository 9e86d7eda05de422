"""What technicians do with the return card: send the steps again, use a fix again, promise something."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.cast import Cast, canary, post
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.shapes import CARD, fits

STEPS = "1. Close the scanner program.\n2. Install the 2210 patch.\n3. Restart."


async def solved(
    cast: Cast, problem: str, fix: str = STEPS, *, said: str = ""
) -> tuple[CustomerClient, str, str]:
    """A customer, their solved conversation, and the outcome's id."""
    mara, ana = await cast.customer(), await cast.technician("ana")
    talk = (await mara.start(said or problem))["id"]
    await ana.claim(talk)
    await ana.resolve(talk, problem=problem, cause="an old driver", fix=fix)
    event = await ana.wire.event("resolved", talk)
    return mara, talk, event["resolved"]["outcome"]["id"]


async def asked(cast: Cast, text: str, **more: Any) -> tuple[CustomerClient, TechnicianClient, str]:
    """Somebody new who asks, and Bo who has claimed it."""
    eve, bo = await cast.customer(**more), await cast.technician("bo")
    talk = (await eve.start(text))["id"]
    await bo.claim(talk)
    return eve, bo, talk


async def card(who: TechnicianClient, talk: str) -> dict[str, Any]:
    answer = await who.http.get(f"/api/v1/conversations/{talk}/return-card")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    fits(found, CARD)
    return found


async def test_what_helped_others_stands_in_the_card_without_naming_them(cast: Cast) -> None:
    word = canary()
    mara = await cast.customer()
    ana = await cast.technician("ana")
    talk = (
        await mara.start(f"My name is {word}. The {word} wheel squeaks", about={"name": f"Mara {word}b"})
    )["id"]
    await ana.claim(talk)
    await ana.resolve(talk, problem=f"{word} wheel squeaks", cause="dust", fix="Oil the wheel")
    _, bo, question = await asked(cast, f"the {word} wheel is squeaking")
    one, *_ = (await card(bo, question))["similar"]
    assert (one["conversation"], one["same_person"], one["fix"]) == (talk, False, "Oil the wheel")
    assert (one["count"], one["held"], one["state"]) == (1, 0, "unknown")
    assert f"{word}b" not in str((await card(bo, question))["similar"])


async def test_her_own_problem_comes_first(cast: Cast) -> None:
    word = canary()
    _, others, _ = await solved(cast, f"{word} lamp blinks red", "Change the lamp")
    mara, hers, _ = await solved(cast, f"{word} lamp blinks", "Tighten the lamp")
    talk = (await mara.start(f"the {word} lamp blinks red again"))["id"]
    bo = await cast.technician("bo")
    context = await bo.claim(talk)
    first, second, *_ = context["return_card"]["similar"]
    assert (first["conversation"], first["same_person"]) == (hers, True)
    assert (second["conversation"], second["same_person"]) == (others, False)


async def test_steps_are_sent_again_as_the_technicians_message(cast: Cast) -> None:
    word = canary()
    _, _, outcome = await solved(cast, "does not scan", said=f"it does not scan, says {word}")
    eve, bo, talk = await asked(cast, "does not scan")
    address = f"/api/v1/conversations/{talk}/resend-fix"
    first, second = await asyncio.gather(*(post(bo, address, {"outcome": outcome}) for _ in range(2)))
    assert sorted((first.status_code, second.status_code)) == [200, 201], "a double click sends it once"
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["text"] == STEPS
    heard = await eve.wire.wait(
        lambda frame: frame["by"]["kind"] == "technician", type="event", kind="message"
    )
    assert heard["message"]["text"] == STEPS
    assert word not in str(eve.wire.heard), "nothing of the conversation it comes from"
    assert [e["message"]["text"] for e in await eve.everything(talk) if e["kind"] == "message"].count(
        STEPS
    ) == 1
    await eve.say(talk, "I lost it, once more please")
    assert (await post(bo, address, {"outcome": outcome})).status_code == 201, "asked for again, sent again"
    chosen = {"outcome": outcome, "client_id": str(uuid.uuid4())}
    assert (await post(bo, address, chosen)).status_code == 201
    assert (await post(bo, address, chosen)).status_code == 200


async def test_what_cannot_be_sent_is_refused(cast: Cast) -> None:
    _, _, without = await solved(cast, "gave up", "")
    mara, bo, talk = await asked(cast, "hello there")
    address = f"/api/v1/conversations/{talk}/resend-fix"
    for body, status in (
        ({}, 400),
        ({"outcome": "no"}, 400),
        ({"outcome": 7}, 400),
        ({"outcome": without}, 400),
        ({"outcome": str(uuid.uuid4())}, 404),
        ({"outcome": without, "client_id": 5}, 400),
    ):
        assert (await post(bo, address, body)).status_code == status, body
    nowhere = f"/api/v1/conversations/{uuid.uuid4()}/resend-fix"
    assert (await post(bo, nowhere, {"outcome": without})).status_code == 404
    for path in ("resend-fix", "fixed-again", "promises"):
        answer = await post(mara, f"/api/v1/conversations/{talk}/{path}", {"outcome": without, "text": "x"})
        assert answer.status_code in {401, 403}, "customers have no business here"


async def test_fixed_again_fills_the_form_and_keeps_the_tie(cast: Cast) -> None:
    word = canary()
    steps = f"{STEPS}\n4. Wait for the {word}."
    _, _, outcome = await solved(cast, f"{word} does not print", steps)
    _, bo, talk = await asked(cast, f"{word} does not print", product="PSC 2210v")
    draft = await post(bo, f"/api/v1/conversations/{talk}/fixed-again", {"outcome": outcome})
    assert draft.status_code == 200
    form = draft.json()
    assert (form["problem"], form["cause"], form["fix"]) == (f"{word} does not print", "an old driver", steps)
    assert "PSC 2210v" in form["applies_to"]
    changed = {**form, "fix": "The same, by telephone", "again": outcome}
    for _ in range(2):  # its answer may get lost
        await bo.do("conversation.resolve", conversation=talk, outcome=changed)
    _, bo, third = await asked(cast, f"my {word} does not print")
    one, *_ = (await card(bo, third))["similar"]
    assert one["count"] == 2, "one fix, however it is worded"
    _, bo, fourth = await asked(cast, "something else")
    for wrong in ("no", str(uuid.uuid4())):
        refused = await bo.wire.ask(
            "conversation.resolve", conversation=fourth, outcome={"problem": "x", "again": wrong}
        )
        assert refused["code"] in {"invalid", "not_found"}


async def test_promises_stand_in_the_card_of_the_person_until_they_are_kept(cast: Cast) -> None:
    mara, bo, talk = await asked(cast, "where is my parcel")
    address = f"/api/v1/conversations/{talk}/promises"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = await post(bo, address, {"text": "Look once more"})
    sooner = await post(bo, address, {"text": " Call back ", "due_at": tomorrow})
    assert (later.status_code, sooner.status_code) == (201, 201)
    assert sooner.json()["text"] == "Call back"
    await bo.wire.wait(
        lambda frame: len(frame["return_card"]["promises"]) == 2, type="context", conversation=talk
    )
    await bo.resolve(talk, problem="parcel late", cause="", fix="")
    again, ana = await cast.customer(device_token=mara.device_token), await cast.technician("ana")
    second = (await again.start("and now?"))["id"]
    shown = (await ana.claim(second))["return_card"]["promises"]
    assert [one["text"] for one in shown] == ["Call back", "Look once more"], "what is due comes first"
    assert shown[0] == sooner.json()
    for _ in range(2):
        assert (await post(ana, f"/api/v1/promises/{shown[0]['id']}/kept", {})).status_code == 204
    assert [one["text"] for one in (await card(ana, second))["promises"]] == ["Look once more"]
    assert (await post(ana, f"/api/v1/promises/{uuid.uuid4()}/kept", {})).status_code == 404
    for body in ({}, {"text": " "}, {"text": "x", "due_at": "soon"}, {"text": "x", "due_at": "2026-03-01"}):
        assert (await post(ana, address, body)).status_code == 400, body
    assert (await post(ana, address, {"text": "x" * 501})).status_code in {400, 413}
    _, cy, elsewhere = await asked(cast, "somebody else")
    assert (await card(cy, elsewhere))["promises"] == []


async def test_a_new_address_counts_as_changed(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    talk = (await mara.start("it does not scan", about={"email": "mara@oldmail.example"}))["id"]
    await ana.claim(talk)
    await ana.resolve(talk, problem="does not scan", cause="", fix="the patch")
    same = (await mara.start("again", about={"email": "Mara@OldMail.example"}))["id"]
    assert (await ana.claim(same))["return_card"]["changed"] == []
    await mara.do("about", email="mara@newmail.example")
    changed = (await card(ana, same))["changed"]
    assert changed == [{"what": "email", "from": "mara@oldmail.example", "to": "mara@newmail.example"}]


async def test_an_earlier_conversation_that_came_back_has_solved_nothing(cast: Cast) -> None:
    mara, first, _ = await solved(cast, "does not scan", "Restart it")
    ana = await cast.technician("ana")
    await mara.say(first, "it is back")
    await ana.claim(first)
    own = await card(ana, first)
    assert own["last"]["fix"] == "Restart it", "here it says what was tried"
    second = (await mara.start("and the paper jams"))["id"]
    await ana.claim(second)
    seen = await card(ana, second)
    assert seen["last"] is None
    assert seen["conversations"][0]["outcome"] == {}
    await ana.resolve(first, problem="does not scan", cause="", fix="Install the patch")
    seen = await card(ana, second)
    assert seen["last"]["fix"] == seen["conversations"][0]["outcome"]["fix"] == "Install the patch"
