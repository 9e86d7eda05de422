"""Codes and keys: of a thousand guesses at once five are looked at, and nothing works where it was not asked for."""

from __future__ import annotations

import asyncio
import json
import os
import re
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from customers.services.keys import SYMBOLS, _check_symbol
from tests.support.cast import Cast, Records
from tests.support.clients import CustomerClient
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
    use_key,
)

GUESSES = 1000
#: The same is shown of keys with fewer; RAPPORT_LONG=1 takes as many.
GUESSES_AT_KEYS = GUESSES if os.environ.get("RAPPORT_LONG") else 250
AT_ONCE = 50
WIDGET = "/api/widget/v1/"


async def storm(url: str, requests: list[tuple[str, str, dict[str, str]]]) -> list[int]:
    """All of these at once, as (path, bearer, body), over many connections; their statuses in no order.

    Bare HTTP: a client that does more would take longer over a request than the server.
    """
    host, left, statuses = urlsplit(url), list(requests), list[int]()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        while left:
            path, bearer, body = left.pop()
            data = json.dumps(body)
            head = (
                f"POST {WIDGET}{path} HTTP/1.1",
                f"Host: {host.netloc}",
                f"Authorization: Bearer {bearer}",
                "Content-Type: application/json",
                f"Content-Length: {len(data)}",
            )
            writer.write(("\r\n".join(head) + "\r\n\r\n" + data).encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)^content-length: *(\d+)", answer, re.MULTILINE)
            assert length, answer
            await reader.readexactly(int(length[1]))
            statuses.append(int(answer.split()[1]))
        writer.close()

    async with asyncio.timeout(120):
        await asyncio.gather(*(connection() for _ in range(AT_ONCE)))
    assert len(statuses) == len(requests)
    return statuses


def all_refused(statuses: list[int]) -> bool:
    """Nobody was let in. A server with too much to do puts some off, and has looked at nothing of theirs."""
    return 403 in statuses and set(statuses) <= {403, 503}


def wrong_codes(right: str) -> list[str]:
    """A thousand codes that are not it."""
    return [f"{(int(right) + 1 + number) % 10**6:06}" for number in range(GUESSES)]


def key_like(number: int) -> str:
    """A key with a right check symbol, as somebody would make them who guesses."""
    symbols = "".join(SYMBOLS[number * 7 // (place + 1) % 32] for place in range(19))
    symbols += _check_symbol(symbols)
    return "RAPP-" + "-".join(symbols[start : start + 5] for start in range(0, 20, 5))


async def proven(cast: Cast) -> tuple[CustomerClient, str, str]:
    """Mara, her proven mailbox, and her key."""
    old = new_address()
    mara, _, key = await helped_in_march(cast, email=old)
    await prove_mailbox(cast, mara, old)
    return mara, old, key


def tries(cast: Cast, address: str) -> int:
    """Of the newest code for this address."""
    rows = Records(cast.server.installation).ask(
        "SELECT tries FROM customers_mailcode WHERE address = ? ORDER BY at DESC", address
    )
    return int(rows[0][0])


async def test_of_a_thousand_codes_at_once_five_are_looked_at(cast: Cast) -> None:
    mara, old, _ = await proven(cast)
    eve = await in_july(cast)
    await ask_for_code(eve, old)
    code = code_in((await mails_to(cast.server, old))[0])
    statuses = await storm(
        eve.url, [("recovery/code", eve.token, {"code": one}) for one in wrong_codes(code)]
    )
    assert all_refused(statuses)
    assert tries(cast, old) == 5
    assert (await enter_code(eve, code)).status_code == 403, "the right one comes too late"
    assert tries(cast, old) == 5
    assert eve.view["conversations"] == []
    assert (await mara.session())["returning"], "its owner never noticed"


async def test_guesses_from_many_visits_count_for_the_code_they_guess(cast: Cast) -> None:
    """A new visit has no code of its own to guess at: that of another is never looked at."""
    _, old, _ = await proven(cast)
    asker = await in_july(cast)
    await ask_for_code(asker, old)
    code = code_in((await mails_to(cast.server, old))[0])
    others = [await cast.visitor() for _ in range(5)]
    requests = [("recovery/code", one.token, {"code": code}) for one in others for _ in range(20)]
    assert all_refused(await storm(asker.url, requests))
    assert tries(cast, old) == 0
    assert (await enter_code(asker, code)).status_code == 200


async def test_of_the_right_code_a_hundred_times_at_once_one_works(cast: Cast) -> None:
    _, old, _ = await proven(cast)
    july = await in_july(cast)
    await ask_for_code(july, old)
    code = code_in((await mails_to(cast.server, old))[0])
    statuses = await storm(july.url, [("recovery/code", july.token, {"code": code})] * 100)
    assert sorted(statuses)[:2] == [200, 403]
    assert (await enter_code(july, code)).status_code == 403


async def test_of_many_keys_at_once_five_are_looked_at(cast: Cast) -> None:
    _, _, key = await proven(cast)
    eve = await in_july(cast)
    requests = [
        ("recovery/resume-key", eve.token, {"key": key_like(number)}) for number in range(GUESSES_AT_KEYS)
    ]
    assert all_refused(await storm(eve.url, requests))
    assert (await use_key(eve, key)).status_code == 403, "the right one is not looked at any more"
    other = await in_july(cast)
    for _ in range(20):
        assert (await use_key(other, "RAPP-00000-00000-00000-00001")).status_code == 403
    assert (await use_key(other, key)).status_code == 200, (
        "slips of the pen are not counted, and the key is unused"
    )


async def test_of_the_right_key_in_ten_browsers_at_once_one_works(cast: Cast) -> None:
    _, _, key = await proven(cast)
    browsers = [await cast.visitor() for _ in range(10)]
    statuses = await storm(
        browsers[0].url, [("recovery/resume-key", one.token, {"key": key}) for one in browsers]
    )
    assert sorted(statuses) == [200, *[403] * 9]


async def test_a_code_ends_after_a_quarter_of_an_hour(cast: Cast) -> None:
    _, old, _ = await proven(cast)
    july = await in_july(cast)
    await ask_for_code(july, old)
    mail = (await mails_to(cast.server, old))[0]
    past = str(datetime.now(UTC) - timedelta(seconds=1))
    for table in ("customers_mailcode", "customers_onetimelink"):
        where = (
            "address = ?"
            if "code" in table
            else "code_id IN (SELECT id FROM customers_mailcode WHERE address = ?)"
        )
        Records(cast.server.installation).ask(f"UPDATE {table} SET expires_at = ? WHERE {where}", past, old)
    assert (await enter_code(july, code_in(mail))).status_code == 403
    used = await july.http.post(f"{WIDGET}link/use", json={"token": link_in(mail)})
    assert (used.status_code, used.json()["code"]) == (403, "link_refused")


async def test_codes_and_keys_work_once_in_one_browser_one_inbox_for_one_purpose(cast: Cast) -> None:
    _, old, key = await proven(cast)
    july, other = await in_july(cast), await in_july(cast)
    await ask_for_code(july, old)
    mail = (await mails_to(cast.server, old))[0]
    code, token = code_in(mail), link_in(mail)
    shop = add_inbox(cast, separate=False)
    elsewhere = await in_july(cast)
    await elsewhere.session(inbox=shop)
    refused = [
        await enter_code(other, code),  # another browser
        await enter_code(elsewhere, code),  # another inbox, and another browser
        await use_key(july, code),  # another purpose
        await use_key(july, token),
        await enter_code(july, key),
        await enter_code(july, token),
        await other.http.post(f"{WIDGET}link/use", json={"token": token}),
        await july.http.post(f"{WIDGET}link/use", json={"token": key}),
        await july.http.post(f"{WIDGET}link/use", json={"token": code}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert tries(cast, old) == 2, "what cannot be a code counts as a try all the same; other browsers' do not"
    july.device_token, here = None, july.http.headers["Authorization"]
    await july.session(inbox=shop)
    assert (await enter_code(july, code)).status_code == 403, "the same browser, in another inbox"
    july.http.headers["Authorization"] = here
    assert (await enter_code(july, code)).status_code == 200
    assert (await enter_code(july, code)).status_code == 403, "again"
    assert (await july.http.post(f"{WIDGET}link/use", json={"token": token})).status_code == 403, (
        "the link went with it"
    )

    apart = add_inbox(cast, separate=True)
    behind = await in_july(cast)
    await behind.session(inbox=apart)
    assert (await use_key(behind, key)).status_code == 403, "behind the wall of a separate inbox"
    good = await in_july(cast)
    assert (await use_key(good, key)).status_code == 200
    assert (await use_key(good, key)).status_code == 403, "used, even by the same browser"


def add_inbox(cast: Cast, *, separate: bool) -> str:
    """Another inbox of the same installation."""
    key = f"other-{uuid.uuid4().hex[:8]}"
    Records(cast.server.installation).ask(
        "INSERT INTO customers_inbox (id, key, name, color, greeting, allowed_origins, separate, created_at,"
        " identity_secret, identity_key, vouching, vouch_days, held_after_days)"
        f" SELECT ?, ?, 'Other', '#0b6b5d', '', '[]', {'TRUE' if separate else 'FALSE'}, created_at, ?, '',"
        " 'technician', 30, 3 FROM customers_inbox WHERE key = 'demo'",
        *(uuid.uuid4(), key, uuid.uuid4().hex * 2),
    )
    return key


@pytest.mark.parametrize("old", ["RAPP", "", "RAPP-" * 30, 7, None, ["RAPP"], "\0" * 24])
async def test_nonsense_is_refused_like_a_wrong_key(cast: Cast, old: object) -> None:
    eve = await cast.visitor()
    for path, field, code in (("resume-key", "key", "key_refused"), ("code", "code", "code_refused")):
        answer = await eve.http.post(f"{WIDGET}recovery/{path}", json={field: old})
        assert (answer.status_code, answer.json()["code"]) == (403, code)
