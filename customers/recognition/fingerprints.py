"""The keys by which people and words are found. Pure: from a record to numbers, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import combinations

from customers.recognition.facts import Facts
from customers.recognition.levels import digits_of, local_skeleton, turns
from customers.recognition.names import readings, sound

#: The longest word that a token keeps; the rest of a longer one is not looked at.
LONGEST = 40
#: Letters at the head of a word whose left-out forms are kept, and at its end.
HEAD, TAIL = 7, 6
MOST_KEYS = 60


def fingerprint(*parts: str) -> int:
    """A signed 64-bit number for some texts. Two different texts share one about never."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "big", signed=True)


def tokens_of(facts: Facts) -> set[tuple[str, str]]:
    """(kind, text) of every word by which this customer adds to what is common here."""
    found: set[tuple[str, str]] = set()
    for name in facts.get("name", []):
        for given, family in readings(name):
            found.add(("given", given))
            found.add(("family", family))
    for kind in ("place", "product", "model"):
        found.update((kind, value) for value in facts.get(kind, []))
    return {(kind, text[:LONGEST]) for kind, text in found if text}


def keys_of(facts: Facts) -> set[int]:
    """Every key under which this customer is found."""
    found: set[int] = set()
    pairs = [pair for name in facts.get("name", []) for pair in readings(name)]
    words = {word[:LONGEST] for pair in pairs for word in pair if word}
    facts_known = [value[:LONGEST] for kind in ("place", "product", "model") for value in facts.get(kind, [])]
    found.update(name_key(word) for word in words)
    found.update(both_names_key(given, family) for given, family in pairs if given and family)
    found.update(name_and_fact_key(word, fact) for word in words for fact in facts_known)
    for place in facts.get("place", []):
        found.add(fact_key(place))
        found.update(names_and_place_key(given, family, place) for given, family in pairs if given and family)
    found.update(fact_key(value) for kind in ("product", "model") for value in facts.get(kind, []))
    found.update(number_keys(facts))
    return set(sorted(found)[:MOST_KEYS]) if len(found) > MOST_KEYS else found


def number_keys(facts: Facts) -> set[int]:
    """The keys from numbers and addresses, the same for what is on file and for what is asked."""
    found: set[int] = set()
    for phone in facts.get("phone", []):
        digits = digits_of(phone)
        found.add(fingerprint("ends", digits[-4:]))
        if len(digits) >= 8:
            found.add(fingerprint("head", digits[-8:-3]))
            found.add(fingerprint("middle", digits[-7:-2]))
            found.add(fingerprint("tail", digits[-5:]))
    for email in facts.get("email", []):
        local = local_skeleton(email)
        if len(local) >= 3:
            found.add(fingerprint("local", local))
            found.add(fingerprint("home", local[:4], email.partition("@")[2]))
    for kind in ("serial", "order"):
        for value in facts.get(kind, []):
            found.add(fingerprint(kind, value[-4:]))
            found.add(fingerprint(kind, "head", value[:6]))
    return found


def name_key(word: str) -> int:
    """Whoever has this word in their name."""
    return fingerprint("n", word)


def both_names_key(one: str, other: str) -> int:
    """Whoever has both words, in either order."""
    return fingerprint("nn", *sorted((one[:LONGEST], other[:LONGEST])))


def name_and_fact_key(word: str, fact: str) -> int:
    """Whoever has this word in their name, and this place, product or model."""
    return fingerprint("nf", word, fact[:LONGEST])


def names_and_place_key(one: str, other: str, place: str) -> int:
    """Whoever has both words and the place."""
    return fingerprint("nnp", *sorted((one[:LONGEST], other[:LONGEST])), place[:LONGEST])


def fact_key(fact: str) -> int:
    """Whoever has this place, product or model."""
    return fingerprint("f", fact[:LONGEST])


def spellings(kind: str, text: str) -> set[int]:
    """The keys under which a word is found when it is misspelt: letters left out, its sound, its end."""
    forms = turns(text) if kind == "place" else (text.replace(" ", ""),)
    found: set[int] = set()
    for form in forms:
        found.update(fingerprint(scope(kind), spelling) for spelling in _left_out(form))
    return found


def scope(kind: str) -> str:
    """Given and family names are looked for together: people write them in either order."""
    return "name" if kind in {"given", "family"} else kind


def _left_out(word: str) -> set[str]:
    head = word[:HEAD]
    deletions = 0 if len(word) < 3 else 1 if len(word) < 6 else 2
    found = {head}
    for count in range(1, deletions + 1):
        found.update(_without(head, gone) for gone in combinations(range(len(head)), count))
    tail = word[-TAIL:]
    if len(word) > TAIL:
        found.update(f"${_without(tail, gone)}" for gone in [(), *((i,) for i in range(TAIL))])
    spoken = sound(word)
    if len(spoken) >= 2:
        found.add(f"~{spoken}")
    return found


def _without(text: str, gone: Iterable[int]) -> str:
    out = set(gone)
    return "".join(c for i, c in enumerate(text) if i not in out)
