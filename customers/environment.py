"""Where a customer is: browser, system, device, page, and what the host page says about the product.

Everything here comes from strangers. Nothing raises: what cannot be used is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any, TypedDict
from urllib.parse import SplitResult, urlsplit, urlunsplit

from customers import user_agent as agent
from customers.text import one_line

USER_AGENT_LIMIT = 500
ADDRESS_LIMIT = 1000
EXTRA_KEYS = 20
EXTRA_VALUE = 200

_EXTRA_NAME = re.compile(r"[a-z0-9_]{1,40}\Z")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}\Z")
_TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9][A-Za-z0-9_+-]*){0,2}\Z")
_SCREEN = re.compile(r"([1-9][0-9]{1,4})\s?[x×]\s?([1-9][0-9]{1,4})\Z")

#: What "what changed" speaks about, in this order; further facts of the host page follow by name.
_COMPARED = ("browser", "os", "device", "product", "model", "serial", "app_version", "plan")
#: These differ at every visit and say nothing about why something stopped working.
_PASSING = frozenset({"page", "referrer", "screen", "title", "locale", "time_zone", "user_agent"})
_GENERIC_DEVICES = frozenset({"phone", "tablet"})


class Difference(TypedDict("_FromWord", {"from": str})):
    """One thing that changed: what it is called, how it was, how it is."""

    what: str
    to: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A customer's environment in words. "" means unknown (for `device`: a desktop computer)."""

    browser: str = ""
    os: str = ""
    device: str = ""
    locale: str = ""
    time_zone: str = ""
    screen: str = ""
    page: str = ""
    referrer: str = ""
    user_agent: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    def as_columns(self) -> dict[str, Any]:
        """The same as the columns of a stored snapshot; `extra` is called `supplied` there."""
        columns: dict[str, Any] = {name: getattr(self, name) for name in _TEXT_FIELDS}
        columns["supplied"] = dict(self.extra)
        return columns

    @classmethod
    def from_columns(cls, stored: object) -> Surroundings:
        """A snapshot read back: a mapping of columns, an object with them as attributes, or None for unknown."""

        def value(name: str) -> Any:
            return stored.get(name) if isinstance(stored, Mapping) else getattr(stored, name, None)

        texts = {name: found for name in _TEXT_FIELDS if isinstance(found := value(name), str)}
        extra = value("supplied") or value("extra")
        return cls(**texts, extra=_extra(_mapping(extra)))

    def known(self) -> dict[str, str]:
        """Everything known under its name, what the host page supplied included; the unknown left out."""
        texts = {name: getattr(self, name) for name in _TEXT_FIELDS}
        return {**self.extra, **{name: text for name, text in texts.items() if text}}


_TEXT_FIELDS = tuple(f.name for f in fields(Surroundings) if f.name != "extra")


def describe(*, user_agent: str, hints: Mapping[str, str], supplied: Mapping[str, object]) -> Surroundings:
    """The environment of a visitor, from three sources of different honesty. Never raises.

    `user_agent` and `hints` are request headers (any spelling of their names: `Sec-CH-UA-Platform`,
    `HTTP_SEC_CH_UA_PLATFORM`; `Accept-Language` is used where no locale is supplied). `supplied` is what the
    page sent: page, referrer, locale, time_zone, screen, and up to 20 facts of its own as `extra`.
    """
    text = one_line(user_agent, USER_AGENT_LIMIT)
    headers = _headers(hints)
    client = agent.read(text, _hints(headers))
    given = _mapping(supplied)
    accepted = headers.get("accept-language", "").split(",")[0].split(";")[0]
    return Surroundings(
        browser=client.browser,
        os=client.os,
        device=client.device,
        locale=_locale(given.get("locale")) or _locale(accepted),
        time_zone=_formed(given.get("time_zone"), 64, _TIME_ZONE),
        screen=_screen(given.get("screen")),
        page=_address(given.get("page")),
        referrer=_address(given.get("referrer")),
        user_agent=text,
        extra=_extra(given),
    )


def differences(
    then: Surroundings | Mapping[str, Any] | None, now: Surroundings | Mapping[str, Any] | None
) -> list[Difference]:
    """What changed between two environments, the most telling first; nothing where either side is unknown."""
    before, after = _facts(then), _facts(now)
    further = sorted((before.keys() & after.keys()) - set(_COMPARED) - _PASSING)
    return [
        {"what": what, "from": before[what], "to": after[what]}
        for what in (*_COMPARED, *further)
        if before.get(what) and after.get(what) and not _same(what, before[what], after[what])
    ]


def _facts(side: Surroundings | Mapping[str, Any] | None) -> dict[str, str]:
    if side is None:
        return {}
    if isinstance(side, Surroundings):
        return side.known()
    if "supplied" in side or "extra" in side:
        return Surroundings.from_columns(side).known()
    return {name: value for name, value in side.items() if isinstance(value, str)}


def _same(what: str, before: str, after: str) -> bool:
    a, b = sorted((before.casefold(), after.casefold()), key=len)
    if a == b:
        return True
    if what == "os":
        # "macOS" may be "macOS 14", "Windows 10 or 11" may be either: not told is not a change.
        return b.startswith(f"{a} ") or (b == "windows 10 or 11" and a == "windows 11")
    return what == "device" and (a in _GENERIC_DEVICES) != (b in _GENERIC_DEVICES)


def _mapping(value: object) -> Mapping[Any, object]:
    return value if isinstance(value, Mapping) else {}


def _headers(hints: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in islice(_mapping(hints).items(), 200):
        if isinstance(name, str) and isinstance(value, str):
            plain = name.lower().replace("_", "-").removeprefix("http-")
            if plain.startswith("sec-ch-ua") or plain == "accept-language":
                found[plain] = one_line(value, 300)
    return found


def _hints(headers: Mapping[str, str]) -> agent.Hints:
    def bare(name: str) -> str:
        return headers.get(f"sec-ch-ua-{name}", "").strip('" ')[:60]

    return agent.Hints(
        platform=bare("platform"),
        platform_version=bare("platform-version"),
        model=bare("model"),
        brands=headers.get("sec-ch-ua-full-version-list") or headers.get("sec-ch-ua", ""),
        mobile=bare("mobile"),
    )


def _formed(value: object, limit: int, form: re.Pattern[str]) -> str:
    text = one_line(value, limit + 1)
    return text if len(text) <= limit and form.match(text) else ""


def _locale(value: object) -> str:
    text = value.replace("_", "-") if isinstance(value, str) and len(value) <= 35 else ""
    language, *rest = _formed(text, 35, _LOCALE).split("-")
    shaped = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest]
    return "-".join([language.lower(), *shaped])


def _screen(value: object) -> str:
    found = _SCREEN.match(one_line(value, 20))
    return f"{found[1]}x{found[2]}" if found else ""


def _address(value: object) -> str:
    """An http(s) address without user, password and fragment; "" for everything else."""
    text = one_line(value, 4 * ADDRESS_LIMIT)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or any(c in host for c in ' <>"\\'):
        return ""
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    address = urlunsplit(SplitResult(parts.scheme, netloc, parts.path, parts.query, ""))
    if len(address) <= ADDRESS_LIMIT:
        return address
    # What is asked for is worth less than where it is asked.
    return urlunsplit(SplitResult(parts.scheme, netloc, parts.path, "", ""))[:ADDRESS_LIMIT]


def _extra(given: Mapping[Any, object]) -> dict[str, str]:
    extra: dict[str, str] = {}
    for name, value in islice(given.items(), 200):
        if len(extra) == EXTRA_KEYS:
            break
        # A fact of the page must not pass for one that we found out ourselves.
        if isinstance(name, str) and name not in _TEXT_FIELDS and _EXTRA_NAME.match(name):
            text = _fact(value)
            if text:
                extra[name] = text
    return extra


def _fact(value: object) -> str:
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else ""
    if isinstance(value, float):
        return f"{value:.15g}" if math.isfinite(value) else ""
    return one_line(value, EXTRA_VALUE)
