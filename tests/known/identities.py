"""Identities that host sites sign, and those that somebody else makes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from tests.known.world import World


@dataclass(eq=False)
class Identity:
    """What a host site has signed, or somebody pretends that it has. `good` for one inbox, once, for a while."""

    text: str
    inbox: str
    facts: dict[str, str]
    ends: datetime
    good: bool = True
    used: bool = False


def sign(world: World, inbox: str, facts: dict[str, str], wrong: str = "") -> Identity:
    """An identity for whom `facts` name; `wrong` says how it was made by somebody who may not."""
    now = world.now()
    row = world.inboxes[inbox]
    claims: dict[str, Any] = {"sub": facts["user"], "jti": uuid.uuid4().hex, "name": facts["name"]}
    claims |= {"iat": int(now.timestamp()), "exp": int(now.timestamp()) + 300}
    if address := facts.get("verified") or facts.get("claimed"):
        claims |= {"email": address, "email_verified": "verified" in facts}
    key, algorithm = row.identity_secret, "HS256"
    if wrong == "key":
        key = "a key that somebody has made up, and long"
    elif wrong == "none":
        key, algorithm = "", "none"
    elif wrong == "old":
        claims |= {"exp": int(now.timestamp()) - 3600}
    elif wrong == "audience":
        claims |= {"aud": "another"}
    text = jwt.encode(claims, key, algorithm=algorithm)
    return Identity(text, inbox, facts, now + timedelta(seconds=300), good=not wrong)
