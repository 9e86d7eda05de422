"""What the shipped nginx does when a server behind it fails or a client dawdles; the servers are made up."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support import upstreams
from tests.support.certificate import Certificate, self_signed
from tests.support.upstreams import Upstream
from tools.services import Nginx, NotAvailable
from tools.services.nginx import Change

# The same on every database: shown once.
pytestmark = [pytest.mark.server, pytest.mark.embedded]

Factory = Callable[..., Nginx]


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return self_signed()


@pytest.fixture
def nginx_factory(certificate: Certificate) -> Iterator[Factory]:
    """Starts nginx before the servers given."""
    made: list[Nginx] = []

    def start(*servers: Upstream, change: Change | None = None) -> Nginx:
        try:
            made.append(Nginx(certificate=certificate.certificate, key=certificate.key, change=change))
        except NotAvailable as problem:
            pytest.skip(f"nginx: {problem}")
        made[-1].send_to(*(server.port for server in servers))
        return made[-1].start()

    yield start
    for nginx in made:
        nginx.close()


def client(nginx: Nginx, certificate: Certificate) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=nginx.url, verify=certificate.trust(), trust_env=False, timeout=20)


def replaced(old: str, new: str) -> Change:
    """A change that must find what it changes."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return change


@pytest.mark.parametrize(("method", "given"), [("GET", 2), ("POST", 1), ("PATCH", 1)])
async def test_what_may_have_been_done_is_not_done_twice(
    nginx_factory: Factory, certificate: Certificate, method: str, given: int
) -> None:
    async with Upstream(upstreams.NOTHING) as one, Upstream(upstreams.NOTHING) as other:
        async with client(nginx_factory(one, other), certificate) as browser:
            answer = await browser.request(method, "/api/anything")
        assert answer.status_code == 502
        assert len(one.requests) + len(other.requests) == given


async def test_a_proxy_that_does_it_twice_is_found_out(
    nginx_factory: Factory, certificate: Certificate
) -> None:
    careless = replaced("next_upstream error timeout;", "next_upstream error timeout non_idempotent;")
    async with Upstream(upstreams.NOTHING) as one, Upstream(upstreams.NOTHING) as other:
        async with client(nginx_factory(one, other, change=careless), certificate) as browser:
            await browser.post("/api/anything")
        assert len(one.requests) + len(other.requests) == 2, "the test above could not fail"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_server_that_is_gone_is_passed_over(
    nginx_factory: Factory, certificate: Certificate, method: str
) -> None:
    gone = Upstream(upstreams.OK)  # nobody listens there
    async with (
        Upstream(upstreams.OK) as there,
        client(nginx_factory(gone, there), certificate) as browser,
    ):
        answers = [await browser.request(method, "/anything") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 6


async def test_all_servers_without_a_database_still_answer_themselves(
    nginx_factory: Factory, certificate: Certificate
) -> None:
    async with (
        Upstream(upstreams.UNAVAILABLE) as one,
        Upstream(upstreams.UNAVAILABLE) as other,
        client(nginx_factory(one, other), certificate) as browser,
    ):
        answers = [await browser.get("/readyz") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [503] * 8, "not 502: nobody was taken out"


async def test_a_file_that_only_the_new_server_has_is_found(
    nginx_factory: Factory, certificate: Certificate
) -> None:
    async with (
        Upstream(upstreams.NOT_FOUND) as old,
        Upstream(upstreams.OK) as new,
        client(nginx_factory(old, new), certificate) as browser,
    ):
        files = [(await browser.get("/static/app.0123456789ab.js")).status_code for _ in range(4)]
        calls = {(await browser.get("/api/none")).status_code for _ in range(4)}
    assert files == [200] * 4
    assert calls == {200, 404}, "elsewhere a 404 is an answer"


async def test_what_the_client_claims_of_itself_is_overwritten(
    nginx_factory: Factory, certificate: Certificate
) -> None:
    claims = {
        "X-Forwarded-For": "1.2.3.4",
        "X_Forwarded_For": "1.2.3.4",
        "X-Forwarded-Proto": "http",
        "X_Forwarded_Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=1.2.3.4",
        "X-Real-IP": "1.2.3.4",
        "Upgrade": "h2c",
        "Connection": "Upgrade",
    }
    async with Upstream(upstreams.OK) as server, client(nginx_factory(server), certificate) as browser:
        await browser.get("/", headers=claims)
    head = server.requests[0].lower().splitlines()
    told = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert told["connection"] == "close"
    assert not {"1.2.3.4", "evil.example", "h2c"} & set(" ".join(head).replace("=", " ").split())


async def test_who_does_not_come_to_the_end_of_a_request_is_let_go(
    nginx_factory: Factory, certificate: Certificate
) -> None:
    hasty = replaced("client_header_timeout 10s", "client_header_timeout 1s")
    async with Upstream(upstreams.OK) as server:
        nginx = nginx_factory(server, change=hasty)
        reader, writer = await asyncio.open_connection("127.0.0.1", nginx.port, ssl=certificate.trust())
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        async with asyncio.timeout(15):
            try:
                assert await reader.read() == b""
            except (ConnectionResetError, ssl.SSLError):
                pass  # a reset is as good
        writer.close()
    assert server.requests == []


async def test_metrics_and_too_large_bodies_do_not_come_through(
    nginx_factory: Factory, certificate: Certificate
) -> None:
    async with Upstream(upstreams.OK) as server, client(nginx_factory(server), certificate) as browser:
        for path in ("/metrics", "/metrics/", "/metrics?x=1", "/%6detrics", "//metrics", "/x/../metrics"):
            answer = await browser.get(f"https://127.0.0.1:{browser.base_url.port}{path}")
            assert answer.status_code == 404, path
        large = await browser.post("/api/widget/v1/session", content=b"x" * (256 * 1024 + 1))
        assert server.requests == []
        fits = await browser.post("/api/widget/v1/session", content=b"x" * (256 * 1024))
    assert large.status_code == 413
    assert large.json()["code"] == "too_large"
    assert fits.status_code == 200


async def test_attempts_to_log_in_are_slowed_down_and_looking_is_not(
    nginx_factory: Factory, certificate: Certificate
) -> None:
    async with Upstream(upstreams.OK) as server, client(nginx_factory(server), certificate) as browser:
        tried = [await browser.post("/console/login/") for _ in range(45)]
        looked = [await browser.get("/console/login/") for _ in range(45)]
    refused = [answer for answer in tried if answer.status_code == 429]
    assert 0 < len(refused) < 15
    assert refused[0].headers["retry-after"] == "5"
    assert refused[0].json()["code"] == "rate_limited"
    assert {answer.status_code for answer in looked} == {200}


async def test_the_log_holds_no_query(nginx_factory: Factory, certificate: Certificate) -> None:
    async with Upstream(upstreams.OK) as server:
        nginx = nginx_factory(server)
        async with client(nginx, certificate) as browser:
            await browser.get("/demo/?who=mara", headers={"Referer": "https://shop.example/?who=mara"})
        async with asyncio.timeout(10):  # it is written after the answer
            while not any('"GET /demo/"' in line for line in nginx.requests):
                await asyncio.sleep(0.02)
    assert not any("mara" in line for line in nginx.requests)
