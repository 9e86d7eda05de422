"""Which pages may talk to us: exact scheme, host and port."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def allowed_by(allowed: list[str], origin: str | None, own: str) -> bool:
    """Whether a page of `origin` may open an inbox. Programs send no Origin and authenticate by token alone."""
    return origin is None or is_own(origin, own) or origin in allowed


def is_own(origin: str | None, own: str) -> bool:
    """Whether `origin` is the address we are configured for, or the one this very request came to."""
    return origin is not None and origin in {settings.PUBLIC_URL, own}


def own_origin(scheme: str, host: str) -> str:
    """The origin of a request to `host`, or "" when the Host header is not one of ours."""
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return ""
    return f"{scheme}://{host.lower()}"


def well_formed(origin: str) -> bool:
    """Whether an Origin header is exactly scheme://host[:port]; anything else is somebody's trick."""
    try:
        parts = urlsplit(origin)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and origin.lower() == f"{parts.scheme}://{_host(parts.hostname)}{port}"
    )


def _host(name: str | None) -> str:
    return f"[{name}]" if name and ":" in name else name or "?"
