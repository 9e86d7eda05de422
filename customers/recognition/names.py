"""Names as they are compared: folded, split into given and family name in every way they can be read."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from customers.recognition.nicknames import NICKNAMES

#: Letters that carry no separable accent.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_INSIDE = re.compile("['’`´]")
_APART = re.compile(r"[^\w]+|_")
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "sir",
        "herr",
        "frau",
        "hr",
        "fr",
        "mme",
        "mlle",
        "monsieur",
        "madame",
        "senor",
        "senora",
    ]
)
#: Words that belong to the family name that follows.
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "mc",
        "mac",
        "st",
        "san",
        "ter",
        "ten",
        "op",
        "zu",
    ]
)
#: A name of more words than this is no name; the work on it stays bounded.
MOST_WORDS = 6


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Small letters without accents, words parted by single spaces. "O'Dwyer" is one word, "Smith-Jones" two."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_LETTERS))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _APART.sub(" ", _INSIDE.sub("", plain)).strip()


def joined(text: str) -> str:
    """A folded text without its spaces: a space too many or too few is no difference."""
    return text.replace(" ", "")


@lru_cache(maxsize=4096)
def readings(name: str) -> tuple[tuple[str, str], ...]:
    """Every (given, family) that a name may mean, the likeliest first; "" is an unknown part; () for no name."""
    head, comma, tail = name.partition(",")
    swapped = f"{tail} {head}" if comma and fold(tail) else name
    words = [word for word in fold(swapped).split() if word not in _TITLES][:MOST_WORDS]
    if not words:
        return ()
    if len(words) == 1:
        return ((words[0], ""), ("", words[0]))
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    found = [
        (words[0], "".join(words[start:])),
        (words[0], "".join(words[1:])),
        ("".join(words[:-1]), words[-1]),
    ]
    return tuple(dict.fromkeys(found))


def nickname_of(a: str, b: str) -> bool:
    """Whether one given name is a usual short or pet form of the other, or both are of a third."""
    return bool(NICKNAMES.get(a, _NONE) & NICKNAMES.get(b, _NONE))


_NONE: frozenset[str] = frozenset()

_SOUNDS = (
    (re.compile(r"^(?:kn|gn|pn|wr)"), lambda m: m[0][1]),
    (re.compile(r"ph|pf|v"), lambda m: "f"),
    (re.compile(r"tsch|sch|sh|ch|tch|tj"), lambda m: "x"),
    (re.compile(r"ck|q|c(?![eiy])|g"), lambda m: "k"),
    (re.compile(r"ce|ci|cy|z|x(?=s)"), lambda m: "s"),
    (re.compile(r"th|dt|d"), lambda m: "t"),
    (re.compile(r"b"), lambda m: "p"),
    (re.compile(r"m(?=[pt])|m"), lambda m: "m"),
    (re.compile(r"(?<=.)[aeiouyhwj]"), lambda m: ""),
    (re.compile(r"(.)\1+"), lambda m: m[1]),
)


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """How a word sounds, roughly and in no particular language: consonants of one kind are one letter."""
    for pattern, instead in _SOUNDS:
        word = pattern.sub(instead, word)
    return word[:6]
