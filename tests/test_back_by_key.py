"""The way back with a resume key, for whoever has neither the old mailbox nor the old browser."""

from __future__ import annotations

import re

from customers.services.keys import CHECKS, SYMBOLS, symbols_of
from tests.support.cast import Cast, Records
from tests.support.returning import helped_in_march, in_july, use_key

FORM = re.compile(r"RAPP(-[0-9A-HJKMNP-TV-Z]{5}){3}-[0-9A-HJKMNP-TV-Z]{4}[0-9A-HJKMNP-TV-Z*~$=U]")


def test_a_slip_of_the_pen_is_told_from_a_key() -> None:
    # The check symbol of 19 zeros is 0, of a one at the end 1.
    assert symbols_of("RAPP-00000-00000-00000-00000") == "0" * 20
    assert symbols_of("rapp ooooo 00000 0000O 00012") is None
    assert symbols_of("rapp-ooooo-00000-0000o-000il") == "0" * 18 + "11", "as people misread it"
    assert symbols_of("00000000000000000011") == "0" * 18 + "11", "without the first group"
    for position in range(19):
        changed = "0" * position + "1" + "0" * (18 - position)
        assert symbols_of(f"{changed}0") is None, "one wrong symbol is always noticed"
    for nonsense in (None, 7, "", "RAPP", "RAPP-" * 40, "\0" * 24, "ÄÖÜ-" * 6):
        assert symbols_of(nonsense) is None
    assert len(set(CHECKS)) == 37
    assert len(SYMBOLS) == 32


async def test_the_key_is_told_once_and_opens_the_history(cast: Cast) -> None:
    mara, begun, key = await helped_in_march(cast)
    assert FORM.fullmatch(key), key
    events = await mara.everything(begun["id"])
    assert not [event for event in events if "resume_key" in str(event)], "told once, never kept"
    listed = await mara.http.get(f"/api/widget/v1/conversations/{begun['id']}/events")
    assert key not in listed.text
    tables = ("chat_event", "customers_resumekey", "chat_outcome")
    records = Records(cast.server.installation)
    assert not [table for table in tables if key in str(records.ask(f"SELECT * FROM {table}"))]

    later = await in_july(cast)
    assert (await use_key(later, key.lower().replace("-", " "))).status_code == 200
    assert [one["id"] for one in later.view["conversations"]] == [begun["id"]]
    new_key = later.view["new_resume_key"]
    assert FORM.fullmatch(new_key)
    assert new_key != key
    told = await later.wire.wait(type="conversations")
    assert [one["id"] for one in told["conversations"]] == [begun["id"]]

    third = await in_july(cast)
    refused = await use_key(third, key)
    assert (refused.status_code, refused.json()["code"]) == (403, "key_refused"), "single use"
    assert (await use_key(third, new_key)).status_code == 200, "the new one takes its place"
    assert third.view["returning"]


async def test_a_key_in_the_middle_of_a_conversation_links_for_technicians(cast: Cast) -> None:
    _, begun, key = await helped_in_march(cast)
    later = await in_july(cast)
    again = await later.start("The same again")
    assert (await use_key(later, key)).status_code == 200
    assert {one["id"] for one in later.view["conversations"]} == {begun["id"], again["id"]}
    ana = await cast.technician("ana")
    card = (await ana.claim(again["id"]))["return_card"]
    assert card["last"]["fix"] == "Install the 2210 patch"


async def test_five_tries_and_slips_do_not_count(cast: Cast) -> None:
    _, _, key = await helped_in_march(cast)
    later = await in_july(cast)
    for _ in range(8):
        assert (await use_key(later, key[:-1] + ("A" if key[-1] != "A" else "B"))).status_code == 403, (
            "a slip"
        )
    _, _, other = await helped_in_march(cast)
    await use_key(await in_july(cast), other)
    for _ in range(5):
        assert (await use_key(later, other)).status_code == 403, "used by somebody else"
    assert (await use_key(later, key)).status_code == 403, "the sixth is not looked at"
    assert (await use_key(await in_july(cast), key)).status_code == 200, "another browser"


async def test_a_new_key_at_any_time_and_all_of_them_ended(cast: Cast) -> None:
    mara, begun, first = await helped_in_march(cast)
    answer = await mara.http.post(f"/api/widget/v1/conversations/{begun['id']}/resume-key", json={})
    assert answer.status_code == 201
    second = answer.json()["resume_key"]
    assert second != first
    assert (await use_key(await in_july(cast), first)).status_code == 200, "the printed one stays good"
    assert (await mara.http.delete("/api/widget/v1/resume-keys")).status_code == 204
    assert (await use_key(await in_july(cast), second)).status_code == 403
