"""The way back through a mailbox: the old one as well as the new one."""

from __future__ import annotations

import uuid

from tests.support.cast import Cast, Records
from tests.support.returning import (
    ask_for_code,
    code_in,
    enter_code,
    helped_in_march,
    in_july,
    link_in,
    mails_to,
    new_address,
    prove_mailbox,
)
from tests.support.shapes import SESSION, fits


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_old_mailbox_opens_the_history_in_a_new_browser(cast: Cast) -> None:
    old = new_address()
    mara, begun, _ = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, mara, old)

    later = await in_july(cast)
    assert later.view["conversations"] == []
    assert (await ask_for_code(later, f"  {old.upper()} ")).json() == {}
    mail = (await mails_to(cast.server, old))[0]
    answer = await enter_code(later, code_in(mail))
    fits(answer.json(), SESSION)
    assert [one["id"] for one in later.view["conversations"]] == [begun["id"]]
    assert later.view["customer"]["identity"] == "proven"
    assert later.view["customer"]["name"] == "Mara Lindqvist"
    assert later.view["conversations"][0]["outcome"]["fix"] == "Install the 2210 patch"
    # The window that was open all the time hears of it too.
    told = await later.wire.wait(type="conversations")
    assert [one["id"] for one in told["conversations"]] == [begun["id"]]
    await later.session()
    assert later.view["returning"], "the browser keeps it"
    await mara.session()
    assert mara.view["returning"], "nothing moved away from the old browser"


async def test_in_the_middle_of_a_conversation_the_history_comes_beside_it(cast: Cast) -> None:
    old = new_address()
    mara, begun, _ = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, mara, old)
    later = await in_july(cast)
    again = await later.start("It is me again", about={"email": new_address()})
    await ask_for_code(later, old)
    assert (await enter_code(later, code_in((await mails_to(cast.server, old))[0]))).status_code == 200
    assert {one["id"] for one in later.view["conversations"]} == {begun["id"], again["id"]}
    assert later.view["device_token"] is None, "it keeps the token it has"
    await later.wire.wait(type="conversations")
    assert (await later.do("sync", conversation=begun["id"], after=0))["last_seq"] >= 3
    ana = await cast.technician("ana")
    card = (await ana.claim(again["id"]))["return_card"]
    assert card["person"]["identity"] == "proven"
    assert len(card["person"]["customers"]) == 2
    assert card["last"]["fix"] == "Install the 2210 patch"


async def test_an_address_that_was_only_typed_opens_nothing(cast: Cast) -> None:
    typed = new_address()
    await helped_in_march(cast, email=typed)
    later = await in_july(cast)
    await ask_for_code(later, typed)
    answer = await enter_code(later, code_in((await mails_to(cast.server, typed))[0]))
    assert answer.status_code == 200
    assert answer.json()["conversations"] == []
    assert answer.json()["customer"]["identity"] == "proven"
    again = await later.start("It is me again")
    ana = await cast.technician("ana")
    card = (await ana.claim(again["id"]))["return_card"]
    assert card["last"] is None, "nothing is linked by itself"


async def test_an_unknown_address_gets_no_mail_and_the_same_answer(cast: Cast) -> None:
    known, unknown = new_address(), new_address("nobody")
    await helped_in_march(cast, email=known)
    later = await in_july(cast)
    answers = [await ask_for_code(later, address) for address in (known, unknown)]
    assert [(one.status_code, one.content) for one in answers] == [(202, b"{}")] * 2
    assert await mails_to(cast.server, unknown) == []
    refused = await later.http.post("/api/widget/v1/recovery/mailbox", json={"email": "mara at home"})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["email"])


async def test_one_mail_a_minute_to_an_address(cast: Cast) -> None:
    old = new_address()
    await helped_in_march(cast, email=old)
    before = len(await mails_to(cast.server, old))
    for _ in range(4):
        later = await in_july(cast)
        assert (await ask_for_code(later, old)).status_code == 202
    assert len(await mails_to(cast.server, old)) <= before + 2, "two where a minute ended meanwhile"


async def test_codes_are_good_once_here_and_for_five_tries(cast: Cast) -> None:
    old = new_address()
    mara, *_ = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, mara, old)
    later, eve = await in_july(cast), await in_july(cast)
    await ask_for_code(later, old)
    code = code_in((await mails_to(cast.server, old))[0])
    refused = await enter_code(eve, code)
    assert (refused.status_code, refused.json()["code"]) == (403, "code_refused"), "another browser"
    for _ in range(4):
        assert (await enter_code(later, wrong(code))).status_code == 403
    assert (await enter_code(later, f" {code[:3]} {code[3:]} ")).status_code == 200, (
        "the fifth try, as pasted"
    )
    assert (await enter_code(later, code)).status_code == 403, "once"

    third = await in_july(cast)
    await ask_for_code(third, old)
    code = code_in((await mails_to(cast.server, old))[0])
    for _ in range(5):
        assert (await enter_code(third, wrong(code))).status_code == 403
    assert (await enter_code(third, code)).status_code == 403, "the sixth is not looked at"


async def test_the_link_works_in_the_browser_that_asked(cast: Cast) -> None:
    old = new_address()
    mara, begun, _ = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, mara, old)
    later, eve = await in_july(cast), await in_july(cast)
    await ask_for_code(later, old)
    token = link_in((await mails_to(cast.server, old))[0])
    for who in (eve, mara):
        refused = await who.http.post("/api/widget/v1/link/use", json={"token": token})
        assert (refused.status_code, refused.json()["code"]) == (403, "link_refused")
    looked = await later.http.post("/api/widget/v1/link", json={"token": token})
    assert (looked.status_code, looked.json()["purpose"]) == (200, "mailbox")
    assert later.view["conversations"] == [], "looking opens nothing"
    assert (await later.http.post("/api/widget/v1/link/use", json={"token": token})).status_code == 200
    told = await later.wire.wait(type="conversations")
    assert [one["id"] for one in told["conversations"]] == [begun["id"]]
    assert (await later.http.post("/api/widget/v1/link/use", json={"token": token})).status_code == 403


async def test_a_separate_inbox_shares_nothing(cast: Cast) -> None:
    old = new_address()
    mara, *_ = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, mara, old)
    records = Records(cast.server.installation)
    key = f"apart-{uuid.uuid4().hex[:8]}"
    records.ask(
        "INSERT INTO customers_inbox (id, key, name, color, greeting, allowed_origins, separate, created_at,"
        " identity_secret, identity_key, vouching, vouch_days, held_after_days)"
        " SELECT ?, ?, 'Apart', '#0b6b5d', '', '[]', TRUE, created_at, ?, '', 'technician', 30, 3"
        " FROM customers_inbox WHERE key = 'demo'",
        *(uuid.uuid4(), key, "x" * 43),
    )
    before = len(await mails_to(cast.server, old))
    later = await cast.visitor()
    await later.session(inbox=key)
    assert (await ask_for_code(later, old)).status_code == 202
    assert len(await mails_to(cast.server, old)) == before
    mara.http.headers.pop("Authorization")
    await mara.session(inbox=key)
    assert (mara.view["customer"], mara.view["conversations"]) == (None, [])
