"""The return card: what a technician sees of whoever comes back, and what nobody else sees."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.cast import Cast, canary
from tests.support.clients import FIREFOX_ON_LINUX, IE7_ON_XP, CustomerClient, TechnicianClient
from tests.support.shapes import CARD, CONTEXT, fits
from tests.support.wire import Frame

FIREFOX_ON_XP = "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-GB; rv:1.9) Gecko/2008052906 Firefox/3.0"
FIX = {
    "problem": "PSC 2210v does not scan",
    "cause": "Internet Explorer 7",
    "fix": "Install the 2210 patch, restart",
}


async def solved(cast: Cast, name: str = "Mara Lindqvist", **environment: str) -> tuple[CustomerClient, str]:
    """Mara's first visit, answered and resolved by Ana; Mara has left again."""
    mara, ana = await cast.customer(user_agent=IE7_ON_XP, **environment), await cast.technician("ana")
    begun = (await mara.start("My PSC 2210v does not scan", about={"name": name}))["id"]
    await ana.claim(begun)
    await ana.say(begun, "Please install the 2210 patch, then restart.")
    await ana.resolve(begun, **FIX)
    await mara.wire.event("resolved", begun)
    await mara.wire.close()
    return mara, begun


async def back(
    cast: Cast, mara: CustomerClient, user_agent: str, **environment: str
) -> tuple[Frame, CustomerClient]:
    """She comes back with the device token and asks; the context Bo gets with his claim."""
    again = await cast.customer(device_token=mara.device_token, user_agent=user_agent, **environment)
    begun = (await again.start("It does not scan again"))["id"]
    bo = await cast.technician("bo")
    row = next(row for row in bo.welcome["conversations"] if row["id"] == begun)
    assert row["returning"]
    return await bo.claim(begun), again


async def findable(bo: TechnicianClient, conversation: str) -> None:
    """The namesake is on the card: people become findable a moment after they have said who they are."""
    address = f"/api/v1/conversations/{conversation}/return-card"
    async with asyncio.timeout(10):
        while not (await bo.http.get(address)).json()["suggestions"]:
            await asyncio.sleep(0.1)


async def test_who_has_never_been_here(cast: Cast) -> None:
    mara, ana = await cast.customer(), await cast.technician("ana")
    begun = (await mara.start("hello"))["id"]
    row = await ana.wire.wait(type="queue", conversation=begun)
    assert not row["row"]["returning"]
    card = (await ana.claim(begun))["return_card"]
    fits(card, CARD)
    assert (card["returning"], card["last"], card["changed"], card["conversations"]) == (False, None, [], [])
    assert card["person"]["identity"] == "device"


async def test_the_card_comes_with_the_claim_and_says_what_fixed_it(cast: Cast) -> None:
    mara, earlier = await solved(cast, product="PSC 2210v")
    context, again = await back(cast, mara, FIREFOX_ON_XP, product="PSC 2210v")
    fits(context, CONTEXT)
    card = context["return_card"]
    assert card["returning"]
    assert card["person"]["name"] == "Mara Lindqvist"
    last = card["last"]
    assert last["conversation"] == earlier
    assert {name: last[name] for name in FIX} == FIX
    assert (last["technician"], last["state"]) == ("Ana Duarte", "unknown")
    assert last["environment"]["browser"] == "Internet Explorer 7"
    assert last["environment"]["os"] == "Windows XP"
    assert card["changed"] == [{"what": "browser", "from": "Internet Explorer 7", "to": "Firefox 3"}]
    assert [one["id"] for one in card["conversations"]] == [earlier]
    assert card["conversations"][0]["outcome"]["fix"] == FIX["fix"]
    assert again.welcome["conversations"][0]["outcome"]["fix"] == FIX["fix"]


async def test_only_what_differs_is_called_changed(cast: Cast) -> None:
    mara, _ = await solved(cast, product="PSC 2210v", app_version="1.0", locale="en-GB", screen="1024x768")
    context, _ = await back(
        cast, mara, IE7_ON_XP, product="PSC 2210v", app_version="1.0", locale="sv-SE", screen="800x600"
    )
    assert context["return_card"]["changed"] == []
    mara, _ = await solved(cast, product="PSC 2210v", app_version="1.0")
    context, _ = await back(cast, mara, FIREFOX_ON_LINUX, product="OfficeJet 7110", app_version="1.0")
    changed = {one["what"]: (one["from"], one["to"]) for one in context["return_card"]["changed"]}
    assert changed["product"] == ("PSC 2210v", "OfficeJet 7110")
    assert changed["os"][0] == "Windows XP"
    assert changed.keys() == {"browser", "os", "product"}


async def test_a_first_reply_brings_the_card_too_and_http_shows_the_same(cast: Cast) -> None:
    name = f"{canary()} {canary()}".title()
    await solved(cast, name)
    mara, _ = await solved(cast, name)
    again, bo = await cast.customer(device_token=mara.device_token), await cast.technician("bo")
    begun = (await again.start("It is back"))["id"]
    await findable(bo, begun)
    await bo.say(begun, "Let me see")
    by_frame = (await bo.wire.wait(type="context", conversation=begun))["return_card"]
    answer = await bo.http.get(f"/api/v1/conversations/{begun}/return-card")
    assert answer.status_code == 200
    by_http = answer.json()
    for card in (by_frame, by_http):
        # How much a name says is counted again while others write: only this may differ in a moment.
        assert 0 < card["suggestions"][0].pop("score") < 1
    assert len(by_http["suggestions"]) == 1, "the namesake"
    assert by_http == by_frame
    draft = (await bo.http.get(f"/api/v1/conversations/{begun}/outcome-draft")).json()
    fits(
        draft, dict.fromkeys(("problem", "cause", "fix", "applies_to"), lambda value: isinstance(value, str))
    )


async def test_the_newest_solved_conversation_counts(cast: Cast) -> None:
    mara, _ = await solved(cast)
    again, ana = await cast.customer(device_token=mara.device_token), await cast.technician("ana")
    second = (await again.start("The paper jams"))["id"]
    await ana.claim(second)
    await ana.resolve(second, problem="paper jams", cause="roller", fix="clean the roller")
    third = (await again.start("And another thing, never solved"))["id"]
    await ana.claim(third)
    context, _ = await back(cast, mara, IE7_ON_XP)
    card = context["return_card"]
    assert (card["last"]["conversation"], card["last"]["fix"]) == (second, "clean the roller")
    assert [one["id"] for one in card["conversations"]][:2] == [third, second], "newest first"
    assert len(card["conversations"]) == 3
    assert card["conversations"][0]["outcome"] == {}


async def test_what_she_says_of_herself_reaches_the_panel_at_once(cast: Cast) -> None:
    mara, ana, bo = await cast.customer(), await cast.technician("ana"), await cast.technician("bo")
    begun = (await mara.start("hello"))["id"]
    await ana.claim(begun)
    await bo.do("watch", conversation=begun)
    claims: dict[str, Any] = {"name": "Mara Lindqvist", "email": "Mara@Mail.example", "serial": "my 28r-1n0"}
    await mara.do("about", **claims)
    for console in (ana, bo):
        context = await console.wire.wait(
            lambda frame: frame["customer"]["name"] == "Mara Lindqvist", type="context", conversation=begun
        )
        fits(context, CONTEXT)
        said = {one["kind"]: (one["value"], one["proof"]) for one in context["customer"]["identifiers"]}
        assert said == {"email": ("Mara@Mail.example", "claimed"), "serial": ("my 28r-1n0", "claimed")}
    await mara.http.post("/api/widget/v1/about", json={"phone": "+46 8 123 456 78"})
    await ana.wire.wait(
        lambda frame: "phone" in str(frame["customer"]["identifiers"]), type="context", conversation=begun
    )


async def test_the_address_of_somebody_else_changes_and_reveals_nothing(cast: Cast) -> None:
    secret, ana = canary(), await cast.technician("ana")
    address = f"{secret}@mail.example"
    mara, eve = await cast.customer(), await cast.customer()
    hers = (await mara.start(f"I am {secret}", about={"name": f"Mara {secret}", "email": address}))["id"]
    before = (await ana.claim(hers))["customer"]
    assert secret in str(before), "it is there"

    asked = await eve.do("about", email=address, name=f"Mara {secret[:-1]}")
    assert asked == {"type": "ok", "ref": asked["ref"]}
    theirs = (await eve.start("hello", about={"email": address}))["id"]
    context = await ana.claim(theirs)
    assert not context["return_card"]["returning"]
    assert context["return_card"]["last"] is None
    again = await cast.customer(device_token=eve.device_token)
    listed = (await again.http.get("/api/widget/v1/conversations")).json()
    for told in (eve.wire.heard, again.wire.heard, eve.view, again.view["conversations"], listed):
        assert f"I am {secret}" not in str(told)
        assert hers not in str(told)
    assert [one["id"] for one in again.welcome["conversations"]] == [theirs]

    heard = len(ana.wire.heard)
    await ana.do("watch", conversation=hers)
    after = (await ana.wire.wait(type="context", conversation=hers, since=heard))["customer"]
    assert after == before, "nothing of hers has changed"
    assert (await mara.session())["customer"]["name"] == f"Mara {secret}"
