"""A story in which everything that can be said about people is said, and the words by which a log would show it."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from typing import Any

from tests.known.canaries import phone, word
from tests.support.cast import Cast, Records
from tests.support.clients import CustomerClient, TechnicianClient
from tests.support.returning import (
    ask_for_code,
    code_in,
    enter_code,
    mails_to,
    secret_of,
    signed_identity,
    use_key,
)


class Gossip:
    """Plays the story. `told` has every canary and every secret that was said or given out."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.told: set[str] = set()

    def canary(self) -> str:
        """A fresh word that must not stand in the log."""
        fresh = word()
        self.told.add(fresh)
        return fresh

    def address(self) -> str:
        """The same as an address."""
        return f"{self.canary()}@{self.canary()}.example.com"

    def number(self) -> str:
        """The same as a phone number."""
        fresh = phone()
        self.told.add(fresh.lstrip("+"))
        return fresh

    def secret(self, *values: str | None) -> None:
        """These were given out by the server."""
        self.told |= {value for value in values if value and len(value) >= 6}

    async def whole_story(self) -> None:
        """From the first visit to the ways back."""
        mara = await self._mara()
        conversation = (await mara.start(f"Mine is broken {self.canary()}"))["id"]
        self.secret(mara.device_token, mara.token)
        address = self.address()
        name = f"Mara {self.canary()}"
        await mara.do("about", name=name, email=address, phone=self.number())
        ana = await self.cast.technician("ana", fresh=True)
        self.secret(ana.password, ana.cookie("session"), ana.cookie("csrf"))
        await ana.claim(conversation)
        await asyncio.gather(
            mara.say(conversation, f"Do you hear {self.canary()}?"),
            ana.say(conversation, f"I do {self.canary()}"),
            ana.note(conversation, f"Impatient {self.canary()}"),
        )
        key = (
            await mara.http.post(f"/api/widget/v1/conversations/{conversation}/resume-key", json={})
        ).json()
        self.secret(key.get("resume_key"))
        fix = {"problem": self.canary(), "cause": self.canary(), "fix": self.canary()}
        await ana.resolve(conversation, **fix)
        await self._ways_back(address, str(key.get("resume_key")))
        await self._signed()
        await self._log_in()
        await self._addresses(mara)
        await self.bad_frames(mara)

    async def bad_frames(self, who: CustomerClient) -> None:
        """What no client of ours sends."""
        for frame in (
            f"not JSON {self.canary()}",
            json.dumps([self.canary()]),
            json.dumps({"type": self.canary(), "ref": self.canary()}),
            json.dumps({"type": "message.send", "conversation": self.canary(), "client_id": self.canary()}),
            json.dumps({"type": "message.send", "conversation": str(uuid.uuid4()), "text": [self.canary()]}),
            json.dumps({"type": "hello", "token": self.canary()}),
            '{"type": "typing", "text": "\\ud800' + self.canary() + '"}',
            json.dumps({"type": {self.canary(): self.canary()}}),
        ):
            await who.wire.raw(frame)
        await who.wire.raw(f"bytes {self.canary()}".encode())
        await who.wire.ask("ping")

    async def with_a_broken_database(self, records: Records) -> None:
        """Statements fail whose values are what people said; the database repeats some of them in its errors."""
        mara = await self._mara()
        await mara.start("Before it breaks")
        for table in ("chat_event", "customers_identifier"):
            await asyncio.to_thread(_refuse_all, records, table)
        await mara.wire.ask("about", name=self.canary(), email=self.address(), phone=self.number())
        conversation = str(mara.welcome["conversations"][0]["id"]) if mara.welcome["conversations"] else ""
        await mara.wire.ask(
            "message.send", conversation=conversation, client_id=self.canary(), text=self.canary()
        )
        body = {"inbox": "demo", "environment": {"page": f"https://{self.canary()}.example/"}}
        await mara.http.post("/api/widget/v1/session", json=body)
        await asyncio.to_thread(records.ask, "ALTER TABLE customers_identifier RENAME TO elsewhere")
        await mara.wire.ask("about", name=self.canary(), email=self.address(), phone=self.number())
        await mara.http.post("/api/widget/v1/about", json={"name": self.canary(), "email": self.address()})
        await ask_for_code(mara, self.address())
        await asyncio.to_thread(records.ask, "ALTER TABLE elsewhere RENAME TO customers_identifier")

    async def _mara(self) -> CustomerClient:
        mara = await self.cast.customer(
            user_agent=f"Mozilla/5.0 {self.canary()}",
            page=f"https://shop.example/{self.canary()}?q={self.canary()}",
            referrer=f"https://search.example/?q={self.canary()}",
            product=self.canary(),
        )
        self.secret(mara.device_token, mara.token)
        return mara

    async def _ways_back(self, address: str, key: str) -> None:
        later = await self._mara()
        await ask_for_code(later, address)
        await ask_for_code(later, self.address())
        mails = await mails_to(self.cast.server, address)
        await enter_code(later, "000000")
        if mails:
            self.secret(code_in(mails[0]))
            await enter_code(later, code_in(mails[0]))
        another = await self._mara()
        await use_key(another, f"RAPP-{self.canary()}")
        await use_key(another, key)
        self.secret(later.token, another.token, another.device_token, another.view.get("new_resume_key"))

    async def _signed(self) -> None:
        known = await self._mara()
        secret = secret_of(self.cast)
        good = signed_identity(secret, self.canary(), name=self.canary(), email=self.address())
        forged = signed_identity(secrets.token_hex(24), self.canary(), name=self.canary())
        self.secret(good, forged, secret)
        for identity in (good, forged, self.canary()):
            await known.http.post("/api/widget/v1/session", json={"inbox": "demo", "identity": identity})

    async def _log_in(self) -> None:
        for name, password in (("ana", self.canary()), (self.canary(), self.canary())):
            stranger = TechnicianClient(self.cast.server.url, name, password)
            self.cast.people.append(stranger)
            try:
                await stranger.log_in()
            except AssertionError:
                continue
            raise AssertionError("a wrong password let somebody in")

    async def _addresses(self, mara: CustomerClient) -> None:
        """What stands in paths, queries, headers and forms of nobody's pages."""
        headers = {
            "X-Forwarded-For": "203.0.113.77",
            "Cookie": f"x={self.canary()}",
            "Referer": self.address(),
        }
        for path in (
            f"/{self.canary()}",
            f"/api/widget/v1/{self.canary()}?token={self.canary()}",
            f"/admin/{self.canary()}/?q={self.canary()}",
            f"/console/?next={self.canary()}",
            f"/static/{self.canary()}.js",
            f"/widget/frame/?inbox={self.canary()}",
            f"/api/widget/v1/conversations/{uuid.uuid4()}/events?after={self.canary()}",
            "/metrics",
        ):
            await mara.http.get(path, headers=headers)
        broken: dict[str, Any] = {"content": f'{{"text": "{self.canary()}', "headers": headers}
        await mara.http.post("/api/widget/v1/about", **broken)
        await mara.http.post(
            "/api/widget/v1/session", json={"inbox": self.canary(), "device_token": self.canary()}
        )
        strange = {"Host": f"{self.canary()}.example.com"}
        await mara.http.get("/", headers=strange)
        await mara.http.get("/healthz", headers=strange)


def _refuse_all(records: Records, table: str) -> None:
    """From now on the database refuses every new row, and says which, as far as it does so."""
    if records.installation.database_url:
        records.ask(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (false) NOT VALID")
    else:
        stop = "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        records.ask(f"CREATE TRIGGER refused_{table} BEFORE INSERT ON {table} {stop}")
