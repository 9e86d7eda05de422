"""Looking at the administrators' pages, and filling in their forms."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

LISTS = [
    "agents_technician",
    "agents_team",
    "customers_inbox",
    "customers_customer",
    "customers_device",
    "customers_grant",
    "customers_resumekey",
    "customers_link",
    "customers_vouch",
    "customers_verdict",
    "customers_auditentry",
    "chat_conversation",
    "chat_outcome",
    "chat_mail",
]

#: What a visitor might call themselves.
CANARY = '"><script>alert(1)</script>'


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def changed(client: Client, name: str, /, *args: object, **fields: object) -> str:
    answer = client.post(reverse(f"admin:{name}", args=args), fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()
