"""Through nginx with the configuration that is shipped, to real servers and back."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import ssl
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import websockets

from chat.replay.errors import Unreachable
from chat.replay.run import Plan, run
from chat.replay.script import read_talks
from tests.fixtures import RECORDING
from tests.support.cast import until
from tests.support.clients import CustomerClient
from tests.support.installation import Server
from tests.support.proxied import Proxied
from tests.support.wire import Wire
from tools.services.process import listens

# With two servers there is more to see than with one: shown where there can be two.
pytestmark = [pytest.mark.server, pytest.mark.production]

SESSION = "/api/widget/v1/session"
OFFICE = "127.0.0.9"  # another address of this machine, with a limit of its own
MOST = 40  # more than all processes together let in
#: One of our seconds is fifty in production: HEARTBEAT 25 and nginx's 100 s.
PATIENCE, TWO_MINUTES = 2.0, 2.4
CROWD = 60  # sockets; a server parts with a hundred in a second


@contextlib.asynccontextmanager
async def visitor(
    proxied: Proxied, *, at: str = "", address: str = "127.0.0.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that checks the certificate and comes from `address`."""
    transport = httpx.AsyncHTTPTransport(verify=proxied.trust, local_address=address)
    base = at or proxied.url
    async with httpx.AsyncClient(base_url=base, transport=transport, timeout=20, trust_env=False) as client:
        yield client


@contextlib.contextmanager
def changed(proxied: Proxied, old: str, new: str) -> Iterator[str]:
    """The address of another nginx before the same servers, with `old` in its configuration replaced."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    nginx = proxied.another_nginx(change)
    try:
        nginx.send_to(*(server.port for server in proxied.servers))
        nginx.start()
        yield nginx.url
    finally:
        nginx.close()


async def socket(proxied: Proxied, mara: CustomerClient, at: str) -> Wire:
    """Mara's socket through the nginx at `at`."""
    wire = await Wire.open(
        f"wss{at.removeprefix('https')}/ws/customer/", ssl=proxied.trust, origin=proxied.url
    )
    await wire.send("hello", token=mara.token, cursors={})
    await wire.wait(type="welcome")
    return wire


def test_the_shipped_configuration_is_nothing_to_complain_about(proxied: Proxied) -> None:
    said = proxied.nginx.check().splitlines()
    assert [line for line in said if "rapport.conf" in line or "[emerg]" in line] == []
    assert any("test is successful" in line for line in said)


async def test_a_message_goes_both_ways_through_nginx(proxied: Proxied) -> None:
    async with proxied.customer() as mara, proxied.technician() as ana:
        widget = await mara.http.get("/widget.js")
        assert widget.status_code == 200
        assert "javascript" in widget.headers["content-type"]
        await mara.session()
        await proxied.connect(mara)
        started = await mara.start("My PSC 2210v does not scan")
        await proxied.connect(ana)
        await ana.claim(started["id"])
        asked = await ana.say(started["id"], "Which system is it?")
        await mara.wire.event("message", started["id"], seq=asked["seq"])
        answered = await mara.say(started["id"], "Windows XP")
        await ana.wire.event("message", started["id"], seq=answered["seq"])
    async with asyncio.timeout(10):  # a socket is written down when it has ended
        while len(lines := [line for line in proxied.nginx.requests if "/ws/c" in line]) < 2:
            await asyncio.sleep(0.02)
    used = {line.split("to=")[1].split()[0] for line in lines}
    assert len(used) == len(proxied.servers), "each had one of the sockets"


async def test_a_replay_checks_the_certificate_with_what_the_system_trusts(
    proxied: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(read_talks(RECORDING), [proxied.url], ["ana", "bo"], proxied.installation.password)
    with pytest.raises(Unreachable, match="certificate"):
        await run(plan)
    monkeypatch.setenv("SSL_CERT_FILE", str(proxied.certificate))
    figures = await run(plan)
    assert figures.good, (figures.failures, figures.stopped)


async def test_http_is_sent_on_to_the_public_address(proxied: Proxied) -> None:
    plain = f"http://127.0.0.1:{proxied.nginx.plain_port}"
    async with visitor(proxied, at=plain) as client:
        answer = await client.get("/console/?a=b", headers={"Host": "evil.example"})
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{proxied.url}/console/?a=b"


async def test_a_foreign_host_gets_nothing(proxied: Proxied) -> None:
    async with visitor(proxied) as client:
        answer = await client.get("/console/login/", headers={"Host": "evil.example"})
    assert answer.status_code == 400


async def test_cookies_are_secure_and_headers_stand_once(proxied: Proxied) -> None:
    async with visitor(proxied) as client:
        page = await client.get("/console/login/")
    assert page.status_code == 200
    cookies = page.headers.get_list("set-cookie")
    assert cookies
    assert all("; Secure" in cookie for cookie in cookies)
    for name in (
        *("strict-transport-security", "content-security-policy", "x-content-type-options"),
        *("referrer-policy", "permissions-policy"),
    ):
        assert len(page.headers.get_list(name)) == 1, name
    assert page.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_files_come_compressed_once_and_stay_with_the_browser(proxied: Proxied) -> None:
    async with visitor(proxied) as client:
        page = await client.get("/console/login/")
        style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
        assert style
        file = await client.get(style[1], headers={"Accept-Encoding": "gzip"})
    assert file.status_code == 200
    assert file.headers.get_list("content-encoding") == ["gzip"]
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_old_tls_is_refused(proxied: Proxied) -> None:
    old = ssl.create_default_context(cadata=proxied.certificate.read_text())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        await asyncio.open_connection("127.0.0.1", proxied.nginx.port, ssl=old)


async def sessions_until_refused(proxied: Proxied, at: str = "") -> int:
    """How many sessions somebody gets who claims to come from elsewhere each time; MOST when there is no end."""
    async with visitor(proxied, at=at, address=OFFICE) as client:
        for number in range(MOST):
            claims = {"X-Forwarded-For": f"1.2.3.{number}", "Origin": proxied.url}
            answer = await client.post(SESSION, json={"inbox": "demo"}, headers=claims)
            if answer.status_code == 429:
                return number
            assert answer.status_code == 200, answer.text
    return MOST


async def test_who_claims_another_address_meets_the_limit_of_the_own(proxied: Proxied) -> None:
    adding = ("X-Forwarded-For $remote_addr;", "X-Forwarded-For $proxy_add_x_forwarded_for;")
    with changed(proxied, *adding) as careless:
        assert await sessions_until_refused(proxied, careless) == MOST, "the test below could not fail"
    assert await sessions_until_refused(proxied) < MOST


async def test_a_silent_socket_outlives_two_minutes(proxied: Proxied) -> None:
    """Scaled: heartbeats keep it. A proxy with less patience than a heartbeat is found out."""
    async with proxied.customer() as mara:
        await mara.session()
        with changed(proxied, "timeout 100s;", f"timeout {PATIENCE * 1000:.0f}ms;") as scaled:
            wire = await socket(proxied, mara, scaled)
            await asyncio.sleep(TWO_MINUTES)
            assert wire.close_code is None
            answer = await wire.ask("sync", conversation=str(uuid.uuid4()), after=0)
            assert answer["type"] == "error", "it is answered"
            assert wire.close_code is None
            await wire.close()
        with changed(proxied, "timeout 100s;", f"timeout {PATIENCE * 50:.0f}ms;") as hasty:
            wire = await socket(proxied, mara, hasty)
            assert await wire.closed(within=TWO_MINUTES) == 1006, "the test above could not fail"


async def test_a_new_configuration_leaves_sockets_open(proxied: Proxied) -> None:
    async with proxied.customer() as mara:
        await mara.session()
        await proxied.connect(mara)
        proxied.introduce()
        started = await mara.start("Still here after a reload")
        assert started["id"]


async def test_a_killed_server_is_passed_over_and_its_sockets_find_another(proxied: Proxied) -> None:
    killed, other = proxied.servers
    async with proxied.customer() as mara, proxied.customer() as eve, visitor(proxied) as client:
        for one in (mara, eve):
            await one.session()
            await proxied.connect(one)
        started = await mara.start("My PSC 2210v does not scan")
        killed.kill()
        assert listens(other.port)
        assert not listens(killed.port)
        answers = [(await client.get("/console/login/")).status_code for _ in range(5)]
        answers += [(await client.post(SESSION, json={"inbox": "demo"})).status_code for _ in range(5)]
        assert answers == [200] * 10
        dropped = [one for one in (mara, eve) if await _gone(one)]
        assert len(dropped) == 1, "each server had one of the two"
        await proxied.connect(dropped[0])
        await mara.say(started["id"], "Are you there?")
        killed.start()
        assert await _comes_back(proxied, killed.port)


async def test_servers_that_are_told_to_end_are_passed_over_at_once(proxied: Proxied) -> None:
    """One alone, which goes on listening to say so; and one of two processes, which does not."""
    alone, several = proxied.servers
    async with proxied.customer() as mara, crowd(proxied, mara, at=proxied.url):
        with changed(proxied, "error timeout http_503;", "error timeout;") as careless:
            _tell_to_end(alone)
            refused = 0
            while listens(alone.port):
                wire = await socket(proxied, mara, proxied.url)
                await wire.close()
                try:
                    await (await socket(proxied, mara, careless)).close()
                except websockets.InvalidStatus as answer:
                    refused += answer.response.status_code == 503
            assert refused, "the sockets above could not have been refused"
        await until(lambda: alone.process is not None and alone.process.poll() is not None)
        assert alone.stop() == 0, "its exit status"
        alone.start()
        assert await _comes_back(proxied, alone.port)
    async with proxied.customer() as mara, crowd(proxied, mara, at=proxied.url), visitor(proxied) as client:
        _tell_to_end(several)
        assert several.process
        while several.process.poll() is None:
            for said in (await client.get("/healthz"), await client.post("/console/logout/")):
                assert said.status_code in {200, 403}, "403: no form was asked for before"
        assert several.stop() == 0
        # It is not started again: this test is the last one.


@contextlib.asynccontextmanager
async def crowd(proxied: Proxied, mara: CustomerClient, *, at: str) -> AsyncIterator[None]:
    """So many sockets on every server that parting with them takes it about a second."""
    await mara.session()
    wires = [await socket(proxied, mara, at) for _ in range(CROWD * len(proxied.servers))]
    try:
        yield
    finally:
        for wire in wires:
            await wire.close()


def _tell_to_end(server: Server) -> None:
    assert server.process
    server.process.send_signal(signal.SIGTERM)


async def _gone(one: CustomerClient) -> bool:
    with contextlib.suppress(TimeoutError):
        return await one.wire.closed(within=1.0) == 1006
    return False


async def _comes_back(proxied: Proxied, port: int) -> bool:
    """Whether nginx gives requests to a server that is there again; it looks again after `fail_timeout`."""
    async with visitor(proxied) as client, asyncio.timeout(30):
        while True:
            await client.get("/healthz")
            if f"to=127.0.0.1:{port} status=200" in proxied.nginx.requests[-1]:
                return True
            await asyncio.sleep(0.1)
