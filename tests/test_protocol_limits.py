"""How fast, how large, how long: what goes over is told so, and what goes far over is ended with a number."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing

from chat.consumers.base import MOST_BAD_FRAMES
from customers.visits import SALT
from tests.support.cast import Cast
from tests.support.installation import Server
from tests.support.shapes import fits, number, words
from tests.support.wire import Wire


async def test_too_fast_is_told_and_the_socket_lives(brisk_cast: Cast) -> None:
    mara = await brisk_cast.customer()
    refs = [await mara.wire.send("ping") for _ in range(150)]
    answers = [await mara.wire.wait(ref=ref) for ref in refs]
    refused = [answer for answer in answers if answer["type"] == "error"]
    assert len(answers) - len(refused) >= 59, "the burst is let through; the hello was one of it"
    assert refused
    limited = {"type": "error", "ref": words, "code": "rate_limited", "message": words, "retry": True}
    for answer in refused:
        fits(answer, {**limited, "retry_after": number})
    await asyncio.sleep(refused[-1]["retry_after"])  # what the server itself asked for
    assert (await mara.wire.ask("ping"))["type"] == "pong"


async def test_a_flood_ends_the_connection(brisk_cast: Cast) -> None:
    eve, mara = await brisk_cast.customer(), await brisk_cast.customer()
    for _ in range(5_000):
        try:
            await eve.wire.raw('{"type":"ping"}')
        except ConnectionError:
            break
        except Exception as error:  # noqa: BLE001  (the library's own: closed)
            assert "4429" in str(error)  # noqa: PT017
            break
    assert await eve.wire.closed() == 4429
    assert eve.wire.of_type("error")[-1]["code"] == "rate_limited"
    await mara.start("others do not notice")


async def test_no_hello_in_time(brisk: Server) -> None:
    silent = await Wire.open(f"{brisk.ws}/ws/customer/")
    assert (await silent.ask("ping"))["type"] == "pong", "a ping is no hello"
    assert await silent.closed() == 4408


async def test_so_many_windows_and_no_more(brisk_cast: Cast) -> None:
    mara = await brisk_cast.customer()
    begun = (await mara.start("hello"))["id"]
    windows = [mara, *[await brisk_cast.customer(device_token=mara.device_token) for _ in range(2)]]
    fourth = await brisk_cast.visitor(device_token=mara.device_token)
    wire = await Wire.open(f"{brisk_cast.server.ws}/ws/customer/")
    refused = await wire.ask("hello", token=fourth.token)
    assert (refused["code"], refused["retry"]) == ("rate_limited", True)
    assert await wire.closed() == 4429
    await windows[1].wire.close()
    await windows[0].say(begun, "the others live")
    await windows[2].wire.event("message", begun, seq=2)
    await fourth.connect()


def tokens(good: str, secret: str) -> dict[str, Any]:
    """Access tokens that are not good."""
    body = good.rsplit(":", 2)[0]
    signer = signing.TimestampSigner(key=secret, salt=SALT)
    with time_machine.travel(-timedelta(hours=1, minutes=1), tick=True):
        old = signer.sign(body)
    with time_machine.travel(timedelta(days=1), tick=True):
        ahead = signer.sign(body)
    return {
        "old": old,
        "signed by another": signing.TimestampSigner(key="x" * 50, salt=SALT).sign(body),
        "for another purpose": signing.TimestampSigner(key=secret, salt="another").sign(body),
        "without a signature": body,
        "changed": ("0" if good[0] != "0" else "1") + good[1:],
        "cut": good[:-1],
        "twice": good + good,
        "signed nonsense": signer.sign("nonsense"),
        "signed other ids": signer.sign("a.b.c"),
        "of a day ahead, of nobody": signer.sign(ahead),
        "empty": "",
        "none": None,
        "a number": 7,
        "a list": [good],
        "half a character": "\ud800",
    }


async def test_a_token_that_is_not_good_means_get_another(cast: Cast) -> None:
    mara = await cast.visitor()
    secret = cast.server.installation.environment["SECRET_KEY"]
    for name, token in tokens(mara.token, secret).items():
        wire = await Wire.open(f"{cast.server.ws}/ws/customer/")
        refused = await wire.ask("hello", token=token)
        assert (refused["code"], refused["retry"]) == ("unauthenticated", False), name
        assert await wire.closed() == 4401, name
        if isinstance(token, str) and token and token.isascii():
            headers = {"Authorization": f"Bearer {token}"}
            answer = await mara.http.get("/api/widget/v1/conversations", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), name
    fresh = signing.TimestampSigner(key=secret, salt=SALT).sign(mara.token.rsplit(":", 2)[0])
    wire = await Wire.open(f"{cast.server.ws}/ws/customer/")
    assert (await wire.ask("hello", token=fresh))["type"] == "welcome", "the tokens above were well made"
    await wire.close()


async def test_who_never_sends_anything_readable_is_not_listened_to(cast: Cast) -> None:
    eve = await cast.customer()
    for _ in range(MOST_BAD_FRAMES):
        await eve.wire.raw("{")
    await eve.do("ping")
    for _ in range(MOST_BAD_FRAMES + 1):
        await eve.wire.raw("{")
    assert await eve.wire.closed() == 4400


async def test_the_subprotocol(server: Server) -> None:
    plain = await Wire.open(f"{server.ws}/ws/customer/", subprotocols=None)
    assert (await plain.ask("ping"))["type"] == "pong"
    await plain.close()
    several = await Wire.open(f"{server.ws}/ws/customer/", subprotocols=["rapport.v9", "rapport.v1"])
    assert several.connection.subprotocol == "rapport.v1"
    await several.close()
    later = await Wire.open(f"{server.ws}/ws/customer/", subprotocols=["rapport.v9"])
    assert await later.closed() == 4400


@pytest.mark.parametrize("path", ["/ws/", "/ws/customer", "/ws/console/x", "/ws/admin/", "/"])
async def test_other_addresses_are_no_sockets(server: Server, path: str) -> None:
    with pytest.raises(Exception, match=r"HTTP 40[34]"):
        await Wire.open(f"{server.ws}{path}", origin=server.url)
