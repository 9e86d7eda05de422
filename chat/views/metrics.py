"""Figures for Prometheus: to this machine, or to whoever has the token."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from typing import Any

from django.conf import settings

from chat.metrics.text import CONTENT_TYPE, text
from chat.selectors.backlog import Backlog
from chat.views.plain import Answer

#: What a proxy adds. Behind one on this machine everybody seems to sit here: whoever comes through one does not.
FORWARDED = {
    *(b"forwarded", b"via", b"x-real-ip", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
}


async def metrics(scope: dict[str, Any]) -> Answer | None:
    """Every figure; None, which is then an unknown page, for whoever may not see them."""
    headers = scope["headers"]
    if not (_from_here(scope.get("client"), headers) or _has_token(headers)):
        return None
    return Answer(200, await asyncio.to_thread(text, Backlog()), CONTENT_TYPE)


def _from_here(client: Any, headers: list[tuple[bytes, bytes]]) -> bool:
    if not client or any(name in FORWARDED for name, _ in headers):
        return False
    try:
        address = ipaddress.ip_address(str(client[0]))
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback


def _has_token(headers: list[tuple[bytes, bytes]]) -> bool:
    if not settings.METRICS_TOKEN:
        return False
    wanted = b"Bearer " + settings.METRICS_TOKEN.encode()
    given = next((value for name, value in headers if name == b"authorization"), b"")
    return hmac.compare_digest(given, wanted)
