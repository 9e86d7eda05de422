"""Browser, operating system and device in words, from the user agent and its client hints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ua_parser import OS, Device, UserAgent, parse, parse_device

from customers.text import one_line

#: Families of the parser that a technician knows under another name.
_BROWSERS = {
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer Mobile",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari (inside an app)",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome (inside an app)",
    "HeadlessChrome": "Chrome",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Opera Mobile": "Opera",
}
#: Browsers that show themselves only among the brands of the client hints.
_BRANDS = ("Brave", "Vivaldi", "DuckDuckGo")

#: From this major version on, a browser on macOS says 10.15 whatever the system is.
_FROZEN_MAC = {"Chrome": 90, "Edge": 90, "Opera": 76, "Firefox": 87, "Safari": 14}

#: Model numbers that nobody knows by heart; the parser gives them as they are.
_GALAXY = {
    "SM-G991": "S21", "SM-G996": "S21+", "SM-G998": "S21 Ultra", "SM-G990": "S21 FE",
    "SM-S901": "S22", "SM-S906": "S22+", "SM-S908": "S22 Ultra",
    "SM-S911": "S23", "SM-S916": "S23+", "SM-S918": "S23 Ultra", "SM-S711": "S23 FE",
    "SM-S921": "S24", "SM-S926": "S24+", "SM-S928": "S24 Ultra", "SM-S721": "S24 FE",
    "SM-S931": "S25", "SM-S936": "S25+", "SM-S938": "S25 Ultra", "SM-S937": "S25 Edge",
    "SM-A145": "A14", "SM-A146": "A14", "SM-A155": "A15", "SM-A156": "A15", "SM-A165": "A16", "SM-A166": "A16",
    "SM-A256": "A25", "SM-A346": "A34", "SM-A356": "A35", "SM-A366": "A36",
    "SM-A546": "A54", "SM-A556": "A55", "SM-A566": "A56",
    "SM-F731": "Z Flip5", "SM-F741": "Z Flip6", "SM-F766": "Z Flip7",
    "SM-F946": "Z Fold5", "SM-F956": "Z Fold6", "SM-F966": "Z Fold7",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hints:
    """What the client hints say, unquoted; "" for what they do not."""

    platform: str = ""
    platform_version: str = ""
    model: str = ""
    brands: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """Browser, operating system and device in words; "" for what cannot be told."""

    browser: str = ""
    os: str = ""
    device: str = ""


@lru_cache(maxsize=4096)
def read(user_agent: str, hints: Hints) -> Client:
    """The client behind a user agent (at most 500 characters) and its hints. Unknown ones come back empty."""
    found = parse(user_agent)
    browser = _browser(found.user_agent, user_agent, hints)
    return Client(
        browser=one_line(browser, 80),
        os=one_line(_system(found.os, found.user_agent, user_agent, hints), 80),
        device=one_line(_device(found.device, user_agent, hints), 80),
    )


def _browser(found: UserAgent | None, text: str, hints: Hints) -> str:
    trident = re.search(r"Trident/(\d{1,2})\.", text)
    pretended = re.search(r"MSIE (\d{1,2})\.", text)
    if trident and pretended and "Opera" not in text:
        # The engine gives the real version away: compatibility view keeps the old number and adds Trident.
        real = int(trident[1]) + 4
        if int(pretended[1]) < real:
            return f"Internet Explorer {real} (compatibility view)"
    if found is None:
        return ""
    name = _BROWSERS.get(found.family, found.family)
    for brand in _BRANDS:
        if f'"{brand}"' in hints.brands:
            name = brand
    return _versioned(name, found.major, found.minor if _minor_matters(name, found) else None)


def _minor_matters(name: str, found: UserAgent) -> bool:
    if name.startswith("Safari"):
        return True
    major = _int(found.major)
    return (
        (name, major) == ("Internet Explorer", 5)
        or (name == "Firefox" and major < 5)
        or (name == "Opera" and major < 15)
    )


def _system(found: OS | None, browser: UserAgent | None, text: str, hints: Hints) -> str:
    hinted = _int(hints.platform_version.split(".")[0])
    if found is None:
        return one_line(hints.platform, 40)
    family, major = found.family, _int(found.major)
    if family == "Windows":
        return _windows(found, text, hints, hinted)
    if family == "Mac OS X":
        return _mac(found, browser, hints, hinted)
    if family == "Android":
        if hints.platform == "Android" and hinted:
            return f"Android {hinted}"
        if re.search(r"Android 10; K\)", text):  # what Chrome says on every Android since version 110
            return "Android"
        return _versioned("Android", found.major, found.minor if major < 10 else None)
    if family == "iOS":
        return _ios(found, browser, text)
    if family == "Chrome OS":
        return "ChromeOS"
    if family in {"Linux", "Ubuntu", "Debian", "Fedora"}:
        return family
    return _versioned(family, found.major, found.minor)


def _windows(found: OS, text: str, hints: Hints, hinted: int) -> str:
    if found.major != "10":
        return _versioned("Windows", found.major, found.minor)
    if hints.platform == "Windows" and hints.platform_version:
        return "Windows 11" if hinted >= 13 else "Windows 10"
    # Every browser that also runs on Windows 11 still says 10 there; these two never did run there.
    return "Windows 10" if "Trident/" in text or " Edge/" in text else "Windows 10 or 11"


def _mac(found: OS, browser: UserAgent | None, hints: Hints, hinted: int) -> str:
    if hints.platform == "macOS" and hinted:
        return f"macOS {hinted}" if hinted > 10 else _versioned("macOS", *_two(hints.platform_version))
    major, minor = _int(found.major), _int(found.minor)
    if major > 10:
        return f"macOS {major}"
    if minor == 15 and browser is not None:
        frozen = _FROZEN_MAC.get(_BROWSERS.get(browser.family, browser.family))
        if frozen is not None and _int(browser.major) >= frozen:
            return "macOS"
    name = "macOS" if minor >= 12 else "OS X" if minor >= 8 else "Mac OS X"
    return _versioned(name, found.major, found.minor)


def _ios(found: OS, browser: UserAgent | None, text: str) -> str:
    major, minor = found.major, found.minor
    if browser is not None and browser.family == "Mobile Safari" and _int(browser.major) >= 26:
        # From version 26 on Safari tells the truth about itself only, and carries the system's number.
        major, minor = browser.major, browser.minor
    name = "iPadOS" if "iPad" in text and _int(major) >= 13 else "iOS"
    return _versioned(name, major, minor)


def _device(found: Device | None, text: str, hints: Hints) -> str:
    model = one_line(hints.model, 60)
    if model:
        found = parse_device(f"Mozilla/5.0 (Linux; Android 14; {model}) AppleWebKit/537.36") or found
    if found is None or found.family == "Mac" or found.brand == "Spider":
        return ""
    handheld = "Tablet" not in text and ("Mobile" in text or hints.mobile == "?1")
    if found.brand == "Generic" or found.model in {None, "K", "Smartphone", "Tablet"}:
        generic = "phone" if handheld or found.model == "Smartphone" else "tablet"
        return model or generic if "Android" in text or found.brand == "Generic" else found.family
    galaxy = _GALAXY.get((found.model or "")[:7])
    if galaxy:
        return f"Samsung Galaxy {galaxy}"
    if found.brand and found.brand not in {"Generic_Android", "Apple"} and found.brand not in found.family:
        return f"{found.brand} {found.family}"
    return found.family


def _versioned(name: str, major: str | None, minor: str | None) -> str:
    if not major:
        return name
    return f"{name} {major}.{minor}" if minor and minor != "0" else f"{name} {major}"


def _two(version: str) -> tuple[str | None, str | None]:
    parts = [*version.split("."), "", ""]
    return parts[0] or None, parts[1] or None


def _int(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0
