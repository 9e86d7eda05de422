"""How well two values agree: one word out of a few for each comparison. Pure functions, nothing from a database."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from customers.recognition.names import fold, joined, nickname_of, sound

#: Likeness of two words (1 is equal) from which a level is reached.
BANDS = (("close", 0.8), ("alike", 0.7), ("rough", 0.6), ("faint", 0.5))
#: Jaro-Winkler runs higher than edit distance; this much less makes them one scale.
JARO_RUNS_HIGH = 0.1


def word_level(a: str, b: str) -> str:
    """Two folded words without spaces: same, slip (one letter off), sounds, close … different."""
    if a == b:
        return "same"
    distance = OSA.distance(a, b)
    if distance == 1 and len(b) > 2:
        return "slip"
    likeness = max(1 - distance / max(len(a), len(b)), JaroWinkler.similarity(a, b) - JARO_RUNS_HIGH)
    for level, least in BANDS:
        if likeness >= least:
            if level != "close" and sound(a) == sound(b):
                return "sounds"
            return level
    return "different"


def given_level(a: str, b: str) -> str:
    """Two given names: as words, and their short forms."""
    if a != b and nickname_of(a, b):
        return "nickname"
    if min(len(a), len(b)) == 1 and a[0] == b[0] and a != b:
        return "initial"
    return word_level(a, b)


@lru_cache(maxsize=4096)
def turns(place: str) -> tuple[str, ...]:
    """A place's words in every rotation, joined: "North Croydon" and "Croydon North" meet."""
    words = place.split()[:4]
    return tuple(dict.fromkeys("".join(words[i:] + words[:i]) for i in range(len(words)))) or ("",)


_ORDER = ("same", "slip", "close", "sounds", "alike", "rough", "faint", "different")


def place_level(a: str, b: str) -> str:
    """Two folded places; the order of words is worth one slip, a part of the name counts as close."""
    if a == b:
        return "same"
    flat = joined(a)
    best = min((word_level(flat, turn) for turn in turns(b)), key=_ORDER.index)
    return "slip" if best == "same" else best


def digits_of(phone: str) -> str:
    """The digits of a phone number that survive a change of prefix: at most the last ten."""
    return "".join(c for c in phone if c.isdigit())[-10:]


def phone_level(a: str, b: str) -> str:
    """Two phone numbers: same, slip (a digit off, or two exchanged), close, alike, end (only the end was given)."""
    x, y = digits_of(a), digits_of(b)
    shorter = min(len(x), len(y))
    if x == y or (shorter >= 8 and x[-8:] == y[-8:] and (len(x) < 10 or len(y) < 10)):
        return "same"
    distance = OSA.distance(x, y)
    if shorter < 8:
        return "end" if shorter >= 4 and x[-shorter:] == y[-shorter:] else "different"
    return {1: "slip", 2: "close", 3: "alike"}.get(distance, "different")


def email_level(a: str, b: str) -> str:
    """Two addresses: same, local (same name at another provider), alike, domain, different."""
    if a == b:
        return "same"
    (left, _, home), (right, _, other) = a.partition("@"), b.partition("@")
    one, two = _skeleton(left), _skeleton(right)
    if one == two and len(one) >= 3:
        return "local"
    if home == other and OSA.distance(left, right) == 1:
        return "slip"
    if min(len(one), len(two)) >= 5 and JaroWinkler.similarity(one, two) >= 0.9:
        return "alike"
    return "domain" if home == other else "different"


@lru_cache(maxsize=4096)
def _skeleton(local: str) -> str:
    return "".join(c for c in fold(local) if c.isalpha())


def local_skeleton(email: str) -> str:
    """The letters before the @, by which addresses at different providers are one."""
    return _skeleton(email.partition("@")[0])


def code_level(a: str, b: str) -> str:
    """Two serial or order numbers in normal form: same, slip, end (the last four or more), different."""
    if a == b:
        return "same"
    if min(len(a), len(b)) >= 5 and OSA.distance(a, b) == 1:
        return "slip"
    shorter = min(len(a), len(b))
    if shorter >= 4 and a[-shorter:] == b[-shorter:]:
        return "end"
    return "different"


def product_level(a: str, b: str) -> str:
    """Two products or models: "PSC 2210v" and "HP PSC 2210v" are alike."""
    if a == b or joined(a) == joined(b):
        return "same"
    x, y = set(a.split()), set(b.split())
    return "part" if x and y and (x <= y or y <= x) else "different"


def problem_level(likeness: float | None) -> str:
    """How alike two problems are worded, from a likeness in 0…1 that comes from outside."""
    if likeness is None:
        return "different"
    return (
        "same"
        if likeness >= 0.75
        else "alike"
        if likeness >= 0.5
        else "faint"
        if likeness >= 0.3
        else "different"
    )


def since_level(days: float) -> str:
    """How long ago somebody was last here."""
    return "days" if days < 14 else "months" if days < 200 else "year" if days < 500 else "older"
