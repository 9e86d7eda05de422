"""The worker: beside the server, inside it from the start, or once; and how it ends."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import OperationalError

from chat.mail import outbox
from chat.models import Mail, MailState, Outcome
from chat.serving import prepare
from chat.serving import worker as serving
from config.lifespan import Lifespan
from tests.conftest import InstallationFactory
from tests.support.cast import Records, until
from tests.support.indoors import Guest, prove, solve
from tests.support.installation import Installation, Server
from tests.support.log import inbox
from tests.support.mailbox import MailServer
from tools.environment import ROOT

MARA = "mara@oldmail.example"


@pytest.fixture
def post() -> Iterator[MailServer]:
    """A mail server."""
    with MailServer() as server:
        yield server


def installation(make: InstallationFactory, post: MailServer, **settings: str) -> Installation:
    """One that sends mails for real."""
    return make(
        DEMO="false", EMAIL_URL=f"smtp://127.0.0.1:{post.port}", MAIL_FROM="help@chat.example", **settings
    )


def queue(installation: Installation, to: str = MARA) -> str:
    """A mail that waits, put there by nobody's request; its id."""
    mail, now = uuid4(), datetime.now(UTC)
    Records(installation).ask(
        'INSERT INTO chat_mail (id, kind, "to", subject, text, conversation, state, at, due_at, expires_at, tries,'
        " error, done_at) VALUES (?, 'code', ?, 'Your code', 'It is 271828.', NULL, 'waiting', ?, ?, ?, 0, '', NULL)",
        *(mail, to, *(_time(now + timedelta(minutes=minutes), installation) for minutes in (0, 0, 15))),
    )
    return str(mail)


def state(installation: Installation) -> list[tuple[Any, ...]]:
    return Records(installation).ask("SELECT state, text, tries FROM chat_mail")


def _time(at: datetime, installation: Installation) -> object:
    return at if installation.database_url else at.replace(tzinfo=None).isoformat(" ")


def start_worker(beside: Server, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "worker", *arguments],
        cwd=ROOT,
        env=dict(beside.environment()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_a_server_works_by_itself_from_its_start_without_anybody_there(
    installation_factory: InstallationFactory, post: MailServer
) -> None:
    place = installation(installation_factory, post, WORKER="true")
    server = place.server()
    queue(place)
    await until(lambda: post.taken)
    assert post.taken[0].sender == "help@chat.example"
    await until(lambda: state(place) == [("sent", "", 1)])
    server.stop()
    queue(place, "bo@oldmail.example")
    server.start()
    await until(lambda: len(post.taken) == 2)


async def test_beside_a_server_it_works_until_it_is_told_to_stop(
    installation_factory: InstallationFactory, post: MailServer
) -> None:
    place = installation(installation_factory, post, WORKER="false")
    server = place.server()
    queue(place)
    workers = [start_worker(server) for _ in range(2)]
    try:
        await until(lambda: state(place) == [("sent", "", 1)])
        assert len(post.given) == 1
        post.pause = 1.0
        queue(place, "bo@oldmail.example")
        await until(lambda: post.asked["rcpt"] == 2)
        for one in workers:  # one of them has a mail in its hand
            one.send_signal(signal.SIGTERM)
        for one in workers:
            _, errors = await asyncio.to_thread(one.communicate, timeout=30)
            assert one.returncode == 0, errors
            assert "Traceback" not in errors
    finally:
        for one in workers:
            one.kill()
            one.wait()
    assert [row[0] for row in state(place)] == ["sent", "sent"]
    assert len(post.given) == 2


async def test_once_does_what_is_due_and_ends(
    installation_factory: InstallationFactory, post: MailServer
) -> None:
    place = installation(installation_factory, post, WORKER="false")
    server = place.server()
    for number in range(3):
        queue(place, f"m{number}@oldmail.example")
    once = start_worker(server, "--once")
    _, errors = await asyncio.to_thread(once.communicate, timeout=60)
    assert (once.returncode, len(post.taken)) == (0, 3), errors


@pytest.mark.django_db
def test_everything_that_is_due_is_done(settings: Any, post: MailServer) -> None:
    settings.DEMO, settings.MAIL_SERVER = False, True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
    guest = Guest()
    talk = guest.start()
    prove(guest.customer, MARA)
    solve(talk)
    Outcome.objects.update(ask_at=datetime.now(UTC))
    old = datetime.now(UTC) - timedelta(days=40)
    Mail.objects.create(
        kind="notice", to=MARA, subject="x", text="", state="sent", at=old, due_at=old, done_at=old
    )
    call_command("worker", "--once")
    assert sorted(one.message["Subject"][:12] for one in post.taken) == ["Is it still ", "Your convers"]
    assert set(Mail.objects.values_list("state", "text")) == {(MailState.SENT, "")}
    assert Mail.objects.count() == 2


@pytest.mark.django_db
def test_without_mail_settings_it_says_so_at_its_start(settings: Any) -> None:
    settings.DEMO, settings.MAIL_SERVER = False, False
    outbox.queue_code(MARA, "271828", "rl1_x", inbox(), datetime.now(UTC), True)
    errors = StringIO()
    call_command("worker", "--once", stderr=errors)
    assert "EMAIL_URL is not set" in errors.getvalue()
    assert Mail.objects.get().state == MailState.WAITING


def test_what_goes_wrong_once_is_tried_again_and_stops_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def fails(*_: Any) -> None:
        done.append("sending")
        raise OperationalError if len(done) < 3 else ValueError("canary")

    monkeypatch.setattr(serving, "SENDING", 0.01)
    monkeypatch.setattr(serving, "send_due", fails)
    monkeypatch.setattr(serving, "ask_due", lambda now: done.append("asking"))
    monkeypatch.setattr(serving, "tidy", lambda now: done.append("tidying"))
    worker = serving.Worker()
    worker.start()
    worker.start()
    while done.count("sending") < 5:
        time.sleep(0.01)
    worker.stop()
    assert (done.count("asking"), done.count("tidying")) == (1, 1)
    assert "The worker's sending will be tried again (OperationalError)" in caplog.text
    assert "The worker's sending failed" in caplog.text


@pytest.mark.parametrize("inside", [True, False])
async def test_under_another_server_it_begins_and_ends_with_the_lifespan(
    monkeypatch: pytest.MonkeyPatch, settings: Any, inside: bool
) -> None:
    settings.WORKER = inside
    own = serving.Worker()
    monkeypatch.setattr(serving, "_own", own)
    monkeypatch.setattr(serving, "SENDING", 60.0)

    async def nothing(*_: Any) -> None:
        raise AssertionError("only lifespan events are sent here")

    async def stop() -> None:
        """The sockets' part, which other tests look at."""

    ready: list[str] = []
    monkeypatch.setattr("config.lifespan.stop", stop)
    for step in ("first_visit", "settle"):
        monkeypatch.setattr(prepare, step, partial(ready.append, step))
    events = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[tuple[str, bool]] = []

    async def receive() -> dict[str, Any]:
        return {"type": next(events)}

    async def send(message: Mapping[str, Any]) -> None:
        thread = own._thread
        sent.append((message["type"], thread is not None and thread.is_alive()))

    await Lifespan(nothing)({"type": "lifespan"}, receive, send)
    assert sent == [("lifespan.startup.complete", inside), ("lifespan.shutdown.complete", False)]
    assert ready == ["first_visit", "settle"]
