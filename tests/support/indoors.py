"""Customers and technicians without a server: HTTP through Django's test client, the log through `append`."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.test import Client

from chat.log.append import append
from chat.log.entries import Act, Author, Claim, Done, Entry, Resolve, Say
from chat.models import Mail
from customers.models import Customer, Identifier, Proof
from tests.support.log import inbox, technician

WIDGET = "/api/widget/v1/"
FIX = Resolve(problem="does not scan", cause="Internet Explorer 7", fix="the patch", applies_to="PSC 2210v")


class Guest:
    """A browser with a session; its person becomes a customer with `start`."""

    def __init__(self, **session: Any) -> None:
        inbox()
        self.http = Client()
        self.session = self.post("session", {"inbox": "demo", **session}).json()
        self.http.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.session['access_token']}"

    def post(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        """POST as JSON below the widget's address."""
        return self.http.post(WIDGET + path, body or {}, content_type="application/json", **more)

    def get(self, path: str) -> Any:
        """The body of a GET."""
        return self.http.get(WIDGET + path).json()

    def start(self, text: str = "It does not scan", **about: str) -> UUID:
        """Begin a conversation; its id."""
        answer = self.post("conversations", {"client_id": str(uuid.uuid4()), "text": text, "about": about})
        assert answer.status_code == 201, answer.content
        return UUID(answer.json()["conversation"]["id"])

    @property
    def customer(self) -> Customer:
        """Who this is."""
        return Customer.objects.get(conversations__in=[one["id"] for one in self.rows()][:1])

    def rows(self) -> list[dict[str, Any]]:
        """The conversations as this browser lists them."""
        found: list[dict[str, Any]] = self.get("conversations")["conversations"]
        return found


def act(conversation: UUID, who: str, what: Act, at: datetime | None = None) -> Done:
    """Something a technician does."""
    done = append([Entry(conversation, technician(who), what, at)])[0]
    assert isinstance(done, Done), done
    return done


def note(conversation: UUID, who: str, text: str) -> None:
    """A note that no customer may see."""
    act(conversation, who, Say(text, str(uuid.uuid4()), note=True))


def reply(conversation: UUID, who: str, text: str) -> None:
    """A technician's message."""
    act(conversation, who, Say(text, str(uuid.uuid4())))


def solve(conversation: UUID, who: str = "Ana", fix: Resolve = FIX) -> Done:
    """Claimed and resolved."""
    act(conversation, who, Claim())
    return act(conversation, who, fix)


def prove(customer: Customer, address: str, proof: Proof = Proof.PROVEN) -> Identifier:
    """The address is this customer's, as far as anybody can tell."""
    now = datetime.now(UTC)
    return Identifier.objects.update_or_create(
        customer=customer,
        kind="email",
        value=address.lower(),
        defaults={"shown": address, "proof": proof, "proven_at": now, "created_at": now},
    )[0]


def token_in(mail: Mail) -> str:
    """The secret of the one link in a mail."""
    (found,) = re.findall(rf"^ +{re.escape(settings.PUBLIC_URL)}/link/#(\S+)$", mail.text, re.MULTILINE)
    return str(found)


def author_of(customer: Customer) -> Author:
    """The customer as an author."""
    return Author("customer", customer.pk, customer.name)
