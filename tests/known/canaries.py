"""Words that stand nowhere else, whose they are, and a search for them in everything that a browser receives."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Iterable

WORD = re.compile(r"(?i)kz[0-9a-f]{10}q")
PHONE = re.compile(r"99700[0-9]{7}")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CASE = re.compile(r"(?<![A-Za-z0-9_-])[A-Z0-9]{3}-[A-Z0-9]{3}(?![A-Za-z0-9_-])")
KEY = re.compile(r"RAPP(?:-[0-9A-Z]{5}){3}-[0-9A-Z]{4}[0-9A-Z*~$=]")
DEVICE_TOKEN = re.compile(r"rd1_[A-Za-z0-9_-]{43}")
_SIGNED = re.compile(r"[A-Za-z0-9_-]{40,}")

#: Whom a canary belongs to that no browser may ever see: technicians' notes and reasons.
NOBODY = "nobody"


def word() -> str:
    """A fresh canary that may stand in any text, in an address, and in a number."""
    return f"kz{secrets.token_hex(5)}q"


def phone() -> str:
    """A fresh canary that may stand as a phone number."""
    return f"+99700{secrets.randbelow(10**7):07}"


def found_in(text: str) -> set[str]:
    """Every canary, and everything that has the form of an id, a case code or a resume key, in small letters."""
    seen = {one.lower() for pattern in (WORD, PHONE, ID, CASE, KEY) for one in pattern.findall(text)}
    for piece in _SIGNED.findall(text):  # what a token carries in base 64 can be read too
        try:
            plain = base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)).decode("latin-1")
        except (binascii.Error, ValueError):
            continue
        seen |= {one.lower() for pattern in (WORD, PHONE) for one in pattern.findall(plain)}
    return seen


class Canaries:
    """Whose each canary is. One may be several people's: anybody can type anybody's address."""

    def __init__(self) -> None:
        self.owners: dict[str, set[str]] = {}

    def give(self, owner: str, *texts: object) -> None:
        """Whatever can be found in these texts is (also) this customer's."""
        for text in texts:
            for canary in found_in(str(text)):
                self.owners.setdefault(canary, set()).add(owner)

    def foreign(self, text: str, allowed: Iterable[str], said: Iterable[str] = ()) -> set[str]:
        """What stands in `text` and belongs to none of `allowed`, nor was said by the one who asked."""
        permitted, own = set(allowed), set(said)
        strange = set()
        for canary in found_in(text) - own:
            owners = self.owners.get(canary)
            if owners is None:
                # Ids and codes of things the machine has not met are no secrets; a canary always is one.
                if WORD.fullmatch(canary) or PHONE.fullmatch(canary):
                    strange.add(canary)
            elif not owners & permitted:
                strange.add(canary)
        return strange
