"""`python -m tests.known.indistinguishable [PAIRS]`: asks a running server of its own for codes, by turns to known and
unknown addresses, and prints what could tell them apart. DATABASE_URL and REDIS_URL as for the tests."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
import uuid
from datetime import UTC, datetime

import httpx
from tabulate import tabulate

from tests.known.ranks import mann_whitney
from tests.support.cast import Cast, Records
from tests.support.clients import CustomerClient
from tests.support.installation import Installation

USUAL = 500
#: Such a difference comes by chance once in a hundred runs.
ALPHA = 0.01
LEVELS = ("claimed", "proven", "signed")


def main(pairs: int) -> None:
    """Ask, and print the table."""
    installation = Installation()
    try:
        print(asyncio.run(_measure(Cast(installation.server()), pairs)))
    finally:
        installation.close()


async def _measure(cast: Cast, pairs: int) -> str:
    known = await _on_file(cast, pairs)
    unknown = [f"{uuid.uuid4().hex[:16]}@example.com" for _ in range(pairs)]
    asked: dict[bool, list[tuple[float, httpx.Response]]] = {True: [], False: []}
    async with CustomerClient(cast.server.url) as browser:
        for number in range(-20, pairs):
            for is_known in (number % 2 == 0, number % 2 == 1):
                address = (
                    (known if is_known else unknown)[number]
                    if number >= 0
                    else f"{uuid.uuid4().hex}@example.com"
                )
                browser.http.cookies.clear()
                browser.view.clear()
                await browser.session()
                began = time.perf_counter()
                answer = await browser.http.post("/api/widget/v1/recovery/mailbox", json={"email": address})
                if number >= 0:  # the first warm up
                    asked[is_known].append((time.perf_counter() - began, answer))
    await cast.leave()
    sent = Records(cast.server.installation).ask(
        "SELECT live, count(*) FROM customers_mailcode GROUP BY live"
    )
    return _table(asked) + f"\ncodes sent: {dict(sent)}"


async def _on_file(cast: Cast, pairs: int) -> list[str]:
    """So many addresses on file, as many typed as proven and signed."""
    mara = await cast.customer()
    await mara.start("on file")
    await mara.session()
    records, made = Records(cast.server.installation), []
    for number in range(pairs):
        address = f"{uuid.uuid4().hex[:16]}@example.com"
        records.ask(
            "INSERT INTO customers_identifier (id, customer_id, kind, value, shown, proof, evidence, created_at)"
            " VALUES (?, ?, 'email', ?, ?, ?, '', ?)",
            *(uuid.uuid4(), uuid.UUID(mara.view["customer"]["id"]), address, address),
            *(LEVELS[number % 3], datetime.now(UTC).isoformat(" ")),
        )
        made.append(address)
    return made


def _table(asked: dict[bool, list[tuple[float, httpx.Response]]]) -> str:
    rows = []
    for what, is_known in (("known", True), ("unknown", False)):
        times = [seconds * 1000 for seconds, _ in asked[is_known]]
        answers = [answer for _, answer in asked[is_known]]
        headers = {tuple(k for k, _ in one.headers.multi_items()) for one in answers}
        lengths = {sum(len(k) + len(v) for k, v in one.headers.raw) for one in answers}
        rows.append(
            [
                what,
                len(times),
                {one.status_code for one in answers},
                {one.content for one in answers},
                len(headers),
                lengths,
                f"{statistics.median(times):.2f}",
                f"{statistics.quantiles(times, n=10)[0]:.2f}",
                f"{statistics.quantiles(times, n=10)[-1]:.2f}",
            ]
        )
    heads = ["address", "asked", "status", "body", "header sets", "header bytes", "median ms", "10 %", "90 %"]
    z, p = mann_whitney([one for one, _ in asked[True]], [one for one, _ in asked[False]])
    verdict = "no difference" if p >= ALPHA else "THEY DIFFER"
    return f"{tabulate(rows, heads)}\nMann-Whitney: z = {z:+.2f}, p = {p:.3f}: {verdict} (at {ALPHA})"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else USUAL)
