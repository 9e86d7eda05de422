"""A technician whose server process was killed, and who does not come back: others take over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from django.conf import settings

from tests.faults.profile import shown_on
from tests.support.cast import Cast, Records
from tests.support.installation import Installation

pytestmark = shown_on("production")


@pytest.fixture
async def people(installation_factory: Callable[..., Installation]) -> AsyncIterator[Cast]:
    """The worker is inside the servers; an absence of a second is long."""
    installation = installation_factory(GONE_AFTER="1", SWEEP="0.5", WORKER="true")
    cast = Cast(installation.server())
    yield cast
    await cast.leave()


async def test_the_queue_has_again_what_a_killed_process_left_behind(people: Cast) -> None:
    here = people.server
    installation = here.installation
    ana, mara = await people.technician("ana"), await people.customer()
    begun = (await mara.start("It does not scan"))["id"]
    await ana.say(begun, "Which page?")
    last = (await mara.say(begun, "The scanner's"))["seq"]
    if settings.REDIS_URL:
        there = installation.server()
        here.kill()
    else:
        there = here
        here.kill()
        here.start()
    assert await ana.wire.closed() == 1006
    records = Records(installation)
    assert records.count("agents_presence") >= 1, "nothing has taken her lease away"
    # The minute that a lease lasts is over.
    past = "- interval '2 minutes'" if installation.database_url else None
    if past:
        records.ask(f"UPDATE agents_presence SET expires_at = expires_at {past}")
    else:
        records.ask("UPDATE agents_presence SET expires_at = datetime(expires_at, '-2 minutes')")
    bo = await people.technician("bo", at=there.url)
    mara.url = there.url
    mara.http.base_url = there.url
    mara.http.headers["Origin"] = there.url
    await mara.connect(cursors={begun: last})
    told = await mara.wire.event("assigned", begun, within=20)
    assert told["by"]["kind"] == "system"
    assert told["assigned"]["technician"] is None
    row = await bo.wire.wait(
        type="queue", conversation=begun, where=lambda f: f["row"]["status"] == "waiting"
    )
    assert row["row"]["technician"] is None
    await bo.claim(begun)
    taken = await mara.wire.event("assigned", begun, since=mara.wire.heard.index(told) + 1)
    assert taken["assigned"]["technician"]["name"] == "Bo Halvorsen"
