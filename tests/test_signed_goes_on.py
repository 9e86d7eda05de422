"""A page renews its session without a new signature: it goes on as whom the host site named, not as the one before."""

from __future__ import annotations

import uuid

from tests.support.cast import Cast
from tests.support.returning import secret_of, signed_identity


async def test_a_renewed_session_speaks_for_the_person_who_was_signed_for(cast: Cast) -> None:
    secret, bob = secret_of(cast), uuid.uuid4().hex
    computer = await cast.customer()
    begun = await computer.start("An anonymous matter")
    await computer.session(identity=signed_identity(secret, bob))
    for _ in range(2):  # not on file yet
        await computer.session(access_token=computer.token)
        assert (computer.view["customer"], computer.view["conversations"]) == (None, [])
    await computer.connect()
    his = await computer.start("Bob's matter")
    for _ in range(2):
        await computer.session(access_token=computer.token)
        assert [one["id"] for one in computer.view["conversations"]] == [his["id"]]
        assert computer.view["customer"]["identity"] == "signed"
    await computer.session()
    assert [one["id"] for one in computer.view["conversations"]] == [begun["id"]], (
        "without it: whose browser it is"
    )


async def test_a_signed_visit_of_another_browser_is_not_gone_on_with(cast: Cast) -> None:
    secret = secret_of(cast)
    computer, other = await cast.customer(), await cast.customer()
    await computer.start("An anonymous matter")
    own = await other.start("Another browser")
    await computer.session(identity=signed_identity(secret, uuid.uuid4().hex))
    await computer.connect()
    await computer.start("Bob's matter")
    await computer.session(access_token=computer.token)
    await other.session(access_token=computer.token)
    assert [one["id"] for one in other.view["conversations"]] == [own["id"]]
