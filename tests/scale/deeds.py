"""The product's life in one sitting: customers, consoles, pages, the worker. What it asks the database is recorded."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client

import chat.database
from agents.models import Technician
from chat import draining
from chat.consumers import runtime
from chat.log import writer
from chat.models import Conversation, Outcome, Status
from chat.recall.card import context_of
from chat.serving.worker import Worker
from tests.admin.pages import LISTS
from tests.scale.capture import Recorder
from tests.scale.plug import Plug
from tests.scale.size import device_token
from tests.support.indoors import WIDGET, Guest

#: Somebody of the first years who wrote something; their browser is known by its token.
OLD = 7


def live(recorder: Recorder) -> None:
    """Do everything once. Leaves rows behind."""
    guest = _customer_by_http(recorder)
    helper = Technician.objects.get(username="made-0")
    console = Client()
    console.force_login(helper)
    asyncio.run(_sockets(recorder, guest, console, _old_conversation()))
    _console_by_http(recorder, console)
    _pages(recorder)
    _behind(recorder)


def _customer_by_http(recorder: Recorder) -> Guest:
    with recorder.during("session of a visitor"):
        guest = Guest()
    with recorder.during("a conversation begins"):
        begun = guest.start("The scanner stops halfway", name="Abby Barwood", email="a@b.example")
    base = f"conversations/{begun}/"
    with recorder.during("HTTP of a customer"):
        guest.post(f"{base}messages", {"client_id": str(uuid.uuid4()), "text": "it blinks"})
        guest.get(f"{base}events?after=0")
        guest.rows()
        guest.post(f"{base}read", {"seq": 1})
        guest.post("about", {"order": "R00012345"})
        guest.get("devices")
        guest.post(f"{base}transcript", {"email": "a@b.example"})
        guest.post(f"{base}resume-key")
        guest.post("recovery/mailbox", {"email": "somebody@else.example"})
        guest.post("recovery/code", {"code": "123456"})
        guest.post("recovery/resume-key", {"key": "K7Q2-M9XA-T4PD-6HRC"})
    with recorder.during("session of a known browser"):
        answer = Client().post(
            f"{WIDGET}session",
            {"inbox": "demo", "device_token": device_token(OLD)},
            content_type="application/json",
        )
        assert answer.json()["conversations"], "a made browser was not known again"
        bearer = f"Bearer {answer.json()['access_token']}"
        assert Client().get(f"{WIDGET}conversations", headers={"authorization": bearer}).status_code == 200
        Client().post(
            f"{WIDGET}recovery/code",
            {"code": "123456"},
            content_type="application/json",
            headers={"authorization": bearer},
        )
    return guest


async def _sockets(recorder: Recorder, guest: Guest, console: Client, old: uuid.UUID) -> None:
    origin = settings.PUBLIC_URL
    with recorder.during("hello of a customer"):
        customer = Plug("/ws/customer/", {"origin": origin})
        token = guest.session["access_token"]
        await customer.ask("hello", token=token, cursors={})
    with recorder.during("hello of a console"):
        cookie = f"{settings.SESSION_COOKIE_NAME}={console.cookies[settings.SESSION_COOKIE_NAME].value}"
        desk = Plug("/ws/console/", {"origin": origin, "cookie": cookie})
        await desk.ask("hello", cursors={str(old): 1})
        await desk.ask("availability", state="online")
    with recorder.during("a socket begins a conversation"):
        begun = await customer.ask("conversation.start", client_id=str(uuid.uuid4()), text="The lamp is red")
        key = begun["conversation"]["id"]
        await customer.ask("message.send", conversation=key, client_id=str(uuid.uuid4()), text="still red")
    with recorder.during("who it may be, while they wait"):
        await runtime.current().panels.flush()
    with recorder.during("claim and return card"):
        await desk.ask("conversation.claim", conversation=key)
        await desk.wait(lambda one: one["type"] == "context" and one["conversation"] == key)
    with recorder.during("hello of a customer who is being helped"):
        again = Plug("/ws/customer/", {"origin": origin})
        await again.ask("hello", token=token, cursors={key: 1})
    with recorder.during("talking"):
        for who in (customer, desk):
            await who.ask("message.send", conversation=key, client_id=str(uuid.uuid4()), text="and now")
            await who.ask("sync", conversation=key, after=0)
            await who.ask("read", conversation=key, seq=2)
            await who.ask("typing", conversation=key, active=True)
        await desk.ask("message.send", conversation=key, client_id=str(uuid.uuid4()), text="hm", kind="note")
        await desk.ask("watch", conversation=str(old))
        await desk.ask("sync", conversation=str(old), after=0)
        await desk.ask("unwatch", conversation=str(old))
    with recorder.during("release, resolve, reopen"):
        await desk.ask("conversation.release", conversation=key)
        await desk.ask("conversation.claim", conversation=key)
        outcome = {"problem": "the lamp is red", "cause": "no paper", "fix": "Put paper into the tray."}
        await desk.ask("conversation.resolve", conversation=key, outcome=outcome)
        await desk.ask("conversation.reopen", conversation=key)
        await desk.ask("conversation.resolve", conversation=key, outcome=outcome)
        await customer.ask("message.send", conversation=key, client_id=str(uuid.uuid4()), text="it is back")
    with recorder.during("what runs beside the sockets"):
        await desk.ask("watch", conversation=str(old))
        running = runtime.current()
        for look in (
            running.heads.sweep,
            running.board.sweep,
            running.board.flush,
            running.board.tell_positions,
        ):
            await look()
        for look in (
            running.presences.look,
            running.presences.look,
            running.presences.look,
            running.panels.flush,
        ):
            await look()
        await running._check_access()
    with recorder.during("sockets leave"):
        await customer.close()
        await again.close()
        await desk.close()
    await _stop()


async def _stop() -> None:
    """End what ran, with the connections of its threads; the process goes on."""
    loop, log, pool = asyncio.get_running_loop(), writer.current(), chat.database._pool
    await loop.run_in_executor(log._executor, connections.close_all)
    await runtime.stop()
    draining._begun.clear()
    if pool is not None:
        for _ in range(8):
            await loop.run_in_executor(pool, connections.close_all)
        pool.shutdown(wait=True)
        chat.database._pool = None


def _console_by_http(recorder: Recorder, console: Client) -> None:
    waiting = Conversation.objects.filter(status=Status.WAITING).order_by("-opened_at")[0]
    old = _old_conversation()
    other = Conversation.objects.get(pk=old).customer_id
    outcome = str(Outcome.objects.order_by("id").values_list("id", flat=True)[0])
    base = f"/api/v1/conversations/{waiting.pk}"
    with recorder.during("HTTP of a console"):
        for path in ("", "/return-card", "/outcome-draft"):
            assert console.get(f"{base}{path}").status_code == 200, path
        console.get("/console/")
        _post(console, f"{base}/resend-fix", {"outcome": outcome})
        _post(console, f"{base}/fixed-again", {"outcome": outcome})
        promised = _post(console, f"{base}/promises", {"text": "A call"}).json()
        _post(console, f"/api/v1/promises/{promised['id']}/kept", {})
        context_of(old)
    with recorder.during("recognising"):
        candidate = str(other)
        _post(console, f"{base}/disclosures", {"customer": candidate, "reason": "the same voice"})
        _post(console, f"{base}/not-same", {"customer": candidate})
        vouched = {"customer": candidate, "facts": ["knew the serial number"], "reason": "same voice"}
        _post(console, f"{base}/vouch", vouched)
        pair = {"a": str(waiting.customer_id), "b": candidate}
        console.get("/api/v1/links/preview", pair)
        made = _post(console, "/api/v1/links", {**pair, "reason": "the same voice"}).json()
        context_of(waiting.pk)
        if "id" in made:
            console.delete(f"/api/v1/links/{made['id']}", {"reason": "no"}, content_type="application/json")


def _pages(recorder: Recorder) -> None:
    ruth, _ = get_user_model().objects.get_or_create(username="ruth", is_superuser=True, is_staff=True)
    office = Client()
    office.force_login(ruth)
    conversation = Conversation.objects.get(pk=_old_conversation())
    with recorder.during("pages of the administration"):
        office.get("/admin/")
        for page in LISTS:
            assert office.get(f"/admin/{page.replace('_', '/', 1)}/").status_code == 200, page
        assert office.get(f"/admin/chat/conversation/{conversation.pk}/change/").status_code == 200
        assert office.get(f"/admin/customers/customer/{conversation.customer_id}/change/").status_code == 200
    with recorder.during("pages of everybody"):
        for path in ("/", "/healthz", "/readyz", "/widget/frame/?inbox=demo", "/console/login/", "/link/"):
            office.get(path)


def _behind(recorder: Recorder) -> None:
    with recorder.during("the worker"):
        Worker().everything()


def _post(console: Client, address: str, body: dict[str, Any]) -> Any:
    answer = console.post(address, body, content_type="application/json")
    assert answer.status_code < 300, (address, answer.content)
    return answer


def _old_conversation() -> uuid.UUID:
    """A solved one of the first years, of the shared inbox."""
    found = Conversation.objects.filter(status=Status.RESOLVED, inbox__key="demo")
    return found.order_by("id").values_list("id", flat=True)[3]
