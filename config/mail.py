"""Where mails go, from the environment."""

from __future__ import annotations

import ipaddress
import os
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from email_validator import EmailNotValidError, validate_email

#: How a connection is secured, by the scheme of EMAIL_URL, and the usual port.
SCHEMES = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


def server() -> dict[str, Any]:
    """Django's mail settings from EMAIL_URL: `smtp+tls://user:password@host:587`. Empty when it is not set.

    Raises ImproperlyConfigured for an address that names no mail server.
    """
    raw = os.environ.get("EMAIL_URL", "").strip()
    if not raw:
        return {}
    wrong = ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@mail.example.com:587.")
    try:
        parts = urlsplit(raw)
        port = parts.port or SCHEMES[parts.scheme]
        found: dict[str, Any] = dict(environ.Env.email_url_config(raw))
    except (ValueError, KeyError, AttributeError):
        raise wrong from None
    if not parts.hostname or parts.path.strip("/"):
        raise wrong
    return {
        "EMAIL_HOST": found["EMAIL_HOST"],
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": found["EMAIL_HOST_USER"] or "",
        "EMAIL_HOST_PASSWORD": found["EMAIL_HOST_PASSWORD"] or "",
        "EMAIL_USE_TLS": bool(found.get("EMAIL_USE_TLS")),
        "EMAIL_USE_SSL": bool(found.get("EMAIL_USE_SSL")),
    }


def sender(public_url: str) -> str:
    """Whom mails come from: MAIL_FROM, else `rapport@` the public host.

    Raises ImproperlyConfigured for anything but one address, with or without a name before it.
    """
    raw = os.environ.get("MAIL_FROM", "").strip()
    if not raw:
        return f"Rapport <rapport@{_domain(public_url)}>"
    name, address = parseaddr(raw)
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        address = ""
    if (
        not address
        or not raw.isprintable()
        or raw not in {address, f"{name} <{address}>", f'"{name}" <{address}>'}
    ):
        raise ImproperlyConfigured(
            "MAIL_FROM must look like support@example.com or Support <support@example.com>."
        )
    return raw


def _domain(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return "localhost"
