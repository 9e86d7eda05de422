"""Tokens as somebody forges them; the library that reads them refuses to make such."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _head(algorithm: str, claims: dict[str, Any]) -> str:
    return (
        f"{_part(json.dumps({'alg': algorithm, 'typ': 'JWT'}).encode())}.{_part(json.dumps(claims).encode())}"
    )


def unsigned_token(claims: dict[str, Any]) -> str:
    """With the algorithm "none"."""
    return f"{_head('none', claims)}."


def hmac_token(claims: dict[str, Any], key: bytes) -> str:
    """Signed with HS256 and whatever is known, as the public key."""
    text = _head("HS256", claims)
    return f"{text}.{_part(hmac.new(key, text.encode(), hashlib.sha256).digest())}"
